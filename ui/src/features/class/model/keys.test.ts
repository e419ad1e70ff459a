import { describe, expect, it } from "vitest";
import { actionOf, type HoldInput, type HoldState, hold } from "./keys";

const press = (key: string, ctrlKey = false, shiftKey = false, more = {}) =>
  actionOf({ key, ctrlKey, shiftKey, altKey: false, metaKey: false, ...more });

describe("keys", () => {
  it.each([
    ["m", true, false, "microphone"],
    ["M", true, true, "muteAll"],
    ["e", true, false, "camera"],
    ["h", true, false, "hand"],
    ["H", true, true, "floor"],
    ["S", true, true, "share"],
    ["1", true, false, "people"],
    ["&", true, false, "people"],
    ["é", true, false, "chat"],
    ["k", true, false, "find"],
    ["l", true, false, "nextLayout"],
    ["L", true, true, "leave"],
    ["F11", false, false, "fullScreen"],
    ["F6", false, false, "nextRegion"],
    ["F6", false, true, "previousRegion"],
    ["/", true, true, "shortcuts"],
  ])("%s (control %s, shift %s) is %s", (key, ctrl, shift, action) => {
    expect(press(key, ctrl, shift)).toBe(action);
  });

  it("leaves single letters and foreign combinations alone", () => {
    expect(press("m")).toBeNull();
    expect(press("m", true, false, { altKey: true })).toBeNull();
    expect(press("m", false, false, { metaKey: true })).toBeNull();
  });
});

describe("holding the microphone key", () => {
  const play = (...inputs: HoldInput["kind"][]) => {
    let state: HoldState = { kind: "idle" };
    return inputs.map((kind) => {
      const [next, output] = hold(state, kind === "down" ? { kind, at: 0 } : { kind });
      state = next;
      return output;
    });
  };

  it("switches when pressed shortly", () => {
    expect(play("down", "up")).toEqual(["startTimer", "toggle"]);
  });

  it("talks while held, however often the keyboard repeats", () => {
    expect(play("down", "down", "held", "down", "up")).toEqual([
      "startTimer",
      "nothing",
      "talk",
      "nothing",
      "silence",
    ]);
  });

  it("does nothing for a key that was let go after its window lost the keyboard", () => {
    expect(play("up", "held")).toEqual(["nothing", "nothing"]);
  });
});
