/** Steps of the level meter. */
export const STEPS = 28;
const FLOOR_DB = -60;

/** Lit steps for a level in dBFS. */
export function litSteps(db: number): number {
  if (!Number.isFinite(db)) return 0;
  return Math.min(STEPS, Math.max(0, Math.round(((db - FLOOR_DB) / -FLOOR_DB) * STEPS)));
}

export type Verdict = "good" | "quiet" | "silent";

/** Loudest level of the last two seconds, in words. */
export function verdict(peakDb: number): Verdict {
  if (!Number.isFinite(peakDb) || peakDb < -55) return "silent";
  return peakDb < -38 ? "quiet" : "good";
}
