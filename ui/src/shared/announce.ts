/** What is spoken by a screen reader, and how often. Time is an argument. */

export type Politeness = "polite" | "assertive";

export interface Announcement {
  /** A newer one of the same kind replaces the one that waits. */
  kind: string;
  text: string;
}

const QUEUE = 3;
const EVERY_MS = 3000;

export interface Announcer {
  queue: readonly Announcement[];
  spokenAt: number;
}

export const quietAnnouncer: Announcer = { queue: [], spokenAt: Number.NEGATIVE_INFINITY };

export function enqueue(announcer: Announcer, next: Announcement): Announcer {
  const rest = announcer.queue.filter((waiting) => waiting.kind !== next.kind);
  return { ...announcer, queue: [...rest, next].slice(-QUEUE) };
}

/** The next polite one, if its time has come. While my microphone is open nothing polite is said. */
export function speakNext(
  announcer: Announcer,
  now: number,
  microphoneOpen: boolean,
): [Announcer, Announcement | null] {
  const [first, ...queue] = announcer.queue;
  if (!first || microphoneOpen || now - announcer.spokenAt < EVERY_MS) return [announcer, null];
  return [{ queue, spokenAt: now }, first];
}
