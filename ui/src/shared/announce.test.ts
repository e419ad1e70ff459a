import { describe, expect, it } from "vitest";
import { enqueue, quietAnnouncer, speakNext } from "./announce";
import { litSteps, STEPS, verdict } from "./level";

const say = (kind: string, text = kind) => ({ kind, text });

describe("announcements", () => {
  it("replaces an older one of the same kind", () => {
    const announcer = enqueue(
      enqueue(enqueue(quietAnnouncer, say("hand", "1")), say("chat")),
      say("hand", "2"),
    );
    expect(announcer.queue.map((each) => each.text)).toEqual(["chat", "2"]);
  });

  it("keeps three, the newest", () => {
    const announcer = ["a", "b", "c", "d"].reduce((now, kind) => enqueue(now, say(kind)), quietAnnouncer);
    expect(announcer.queue.map((each) => each.kind)).toEqual(["b", "c", "d"]);
  });

  it("says one in three seconds, and none while my microphone is open", () => {
    const full = enqueue(enqueue(quietAnnouncer, say("a")), say("b"));
    const [after, first] = speakNext(full, 1000, false);
    expect(first?.kind).toBe("a");
    expect(speakNext(after, 2000, false)[1]).toBeNull();
    expect(speakNext(after, 4000, true)[1]).toBeNull();
    expect(speakNext(after, 4000, false)[1]?.kind).toBe("b");
  });
});

describe("the level", () => {
  it("lights all 28 steps at full and none at silence", () => {
    expect(litSteps(0)).toBe(STEPS);
    expect(litSteps(-60)).toBe(0);
    expect(litSteps(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(litSteps(Number.NaN)).toBe(0);
  });

  it("is judged in three words", () => {
    expect([-20, -45, -70].map(verdict)).toEqual(["good", "quiet", "silent"]);
  });
});
