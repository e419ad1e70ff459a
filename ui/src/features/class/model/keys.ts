/** Keys of the class, as actions. Control on every system; no single letters, so that writing is never in the way. */
export type KeyAction =
  | "microphone"
  | "camera"
  | "hand"
  | "floor"
  | "muteAll"
  | "share"
  | "people"
  | "chat"
  | "find"
  | "nextLayout"
  | "closePanel"
  | "leave"
  | "fullScreen"
  | "shortcuts"
  | "largerText"
  | "smallerText"
  | "plainText"
  | "nextRegion"
  | "previousRegion";

export interface Key {
  key: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

interface Binding {
  action: KeyAction;
  keys: readonly string[];
  ctrl: boolean;
  /** Undefined where a keyboard may need Shift to reach the sign. */
  shift?: boolean;
}

export const BINDINGS: readonly Binding[] = [
  { action: "microphone", keys: ["m"], ctrl: true, shift: false },
  { action: "camera", keys: ["e"], ctrl: true, shift: false },
  { action: "hand", keys: ["h"], ctrl: true, shift: false },
  { action: "floor", keys: ["h"], ctrl: true, shift: true },
  { action: "muteAll", keys: ["m"], ctrl: true, shift: true },
  { action: "share", keys: ["s"], ctrl: true, shift: true },
  { action: "people", keys: ["1", "&"], ctrl: true },
  { action: "chat", keys: ["2", "é"], ctrl: true },
  { action: "find", keys: ["k"], ctrl: true, shift: false },
  { action: "closePanel", keys: ["escape"], ctrl: false, shift: false },
  { action: "nextLayout", keys: ["l"], ctrl: true, shift: false },
  { action: "leave", keys: ["l"], ctrl: true, shift: true },
  { action: "fullScreen", keys: ["f11"], ctrl: false, shift: false },
  { action: "shortcuts", keys: ["/", ":"], ctrl: true },
  { action: "largerText", keys: ["+", "="], ctrl: true },
  { action: "smallerText", keys: ["-"], ctrl: true, shift: false },
  { action: "plainText", keys: ["0", "à"], ctrl: true },
  { action: "nextRegion", keys: ["f6"], ctrl: false, shift: false },
  { action: "previousRegion", keys: ["f6"], ctrl: false, shift: true },
];

export function actionOf(key: Key): KeyAction | null {
  if (key.altKey || key.metaKey) return null;
  const name = key.key.toLowerCase();
  const found = BINDINGS.find(
    (binding) =>
      binding.keys.includes(name) &&
      binding.ctrl === key.ctrlKey &&
      (binding.shift === undefined || binding.shift === key.shiftKey),
  );
  return found?.action ?? null;
}

/** Longer than this, `Ctrl+M` is held to talk; shorter, it switches. */
export const HOLD_MS = 400;

export type HoldState = { kind: "idle" } | { kind: "pressed"; at: number } | { kind: "talking" };
export type HoldInput = { kind: "down"; at: number } | { kind: "held" } | { kind: "up" };
export type HoldOutput = "nothing" | "startTimer" | "toggle" | "talk" | "silence";

/** Pressing, holding and letting go of the microphone key. */
export function hold(state: HoldState, input: HoldInput): [HoldState, HoldOutput] {
  switch (input.kind) {
    case "down":
      // The keyboard repeats a held key: only the first counts.
      return state.kind === "idle" ? [{ kind: "pressed", at: input.at }, "startTimer"] : [state, "nothing"];
    case "held":
      return state.kind === "pressed" ? [{ kind: "talking" }, "talk"] : [state, "nothing"];
    case "up":
      if (state.kind === "pressed") return [{ kind: "idle" }, "toggle"];
      return state.kind === "talking" ? [{ kind: "idle" }, "silence"] : [state, "nothing"];
  }
}
