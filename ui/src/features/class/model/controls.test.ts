import { describe, expect, it } from "vitest";
import { type ClassView, emptyView } from "@/lib/view/classView";
import { controlGroups, microphoneLook } from "./controls";

const may = {
  speak: true,
  camera: true,
  share: true,
  chat: true,
  muteOthers: true,
  lowerHands: true,
  endClass: true,
};
const view = (more: Partial<ClassView>): ClassView => ({ ...emptyView, ...more });

describe("the control bar", () => {
  it("of a teacher has microphone, camera, share, more, leave", () => {
    const teacher = view({ me: { ...emptyView.me, role: "teacher", may } });
    expect(controlGroups(teacher)).toEqual([["microphone", "camera"], ["share", "more"], ["leave"]]);
  });

  it("of a pupil has the hand, and share only where it is allowed", () => {
    const pupil = (share: boolean) => view({ me: { ...emptyView.me, may: { ...may, share } } });
    expect(controlGroups(pupil(false))).toEqual([["microphone", "camera"], ["hand", "more"], ["leave"]]);
    expect(controlGroups(pupil(true))[1]).toEqual(["hand", "share", "more"]);
  });

  it("has no camera where cameras are closed, but keeps a locked microphone", () => {
    const locked = view({ me: { ...emptyView.me, may: { ...may, camera: false, speak: false } } });
    expect(controlGroups(locked)[0]).toEqual(["microphone"]);
  });

  it("always offers to stop a share that runs", () => {
    const sharing = view({
      me: { ...emptyView.me, may: { ...may, share: false } },
      share: { kind: "mine", source: "x" },
    });
    expect(controlGroups(sharing)[1]).toContain("share");
  });
});

describe("the microphone", () => {
  const look = (more: Partial<ClassView["sound"]>) =>
    microphoneLook(view({ sound: { ...emptyView.sound, state: "on", muted: false, ...more } }));

  it("shows what the server says, and a wish only as pending", () => {
    expect(look({})).toEqual({ kind: "open" });
    expect(look({ muted: true })).toEqual({ kind: "muted" });
    expect(look({ muted: true, pending: false })).toEqual({ kind: "pending", to: "open" });
    expect(look({ pending: true })).toEqual({ kind: "pending", to: "muted" });
  });

  it("is never open while the sound is away, listened to only, or locked", () => {
    expect(look({ state: "lost" })).toEqual({ kind: "pending", to: "joining" });
    expect(look({ listenOnly: true })).toEqual({ kind: "listening" });
    expect(look({ state: "off" })).toEqual({ kind: "listening" });
    expect(look({ locked: true })).toEqual({ kind: "locked" });
  });
});
