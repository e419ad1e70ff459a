import { describe, expect, it } from "vitest";
import { orderFaces } from "./order";
import type { Someone } from "./someone";
import { facesOnScreen, layoutName, offersContent, type StageFacts, stageLayout } from "./stage";

const MINUTE = 60_000;
const someone = (user: string, more: Partial<Someone> = {}): Someone => ({
  user,
  name: user,
  role: "pupil",
  mine: false,
  stream: `s-${user}`,
  face: "live",
  talking: false,
  muted: true,
  hand: null,
  ...more,
});
const facts = (more: Partial<StageFacts> = {}): StageFacts => ({
  size: { width: 1350, height: 576 },
  name: "both",
  share: { kind: "none" },
  ratio: 16 / 9,
  order: ["me", "ana", "bo"],
  speaker: null,
  pinned: [],
  page: 0,
  textScale: 100,
  ...more,
});

describe("the layout", () => {
  it("shows the faces while nothing is shared, and both as soon as somebody shares", () => {
    expect(layoutName(null, null)).toBe("faces");
    expect(layoutName(null, 1)).toBe("both");
  });

  it("leaves who chose the faces in the last five minutes with them, and offers the share", () => {
    const choice = { layout: "faces", at: 0 } as const;
    expect(layoutName(choice, 4 * MINUTE)).toBe("faces");
    expect(offersContent(choice, 4 * MINUTE)).toBe(true);
    expect(layoutName(choice, 6 * MINUTE)).toBe("both");
    expect(offersContent(choice, 6 * MINUTE)).toBe(false);
  });

  it("keeps a choice made during the share, and the older one when it ends", () => {
    expect(layoutName({ layout: "content", at: 10 }, 5)).toBe("content");
    expect(layoutName({ layout: "content", at: 0 }, null)).toBe("content");
  });

  it("shows the speaker large where nothing is shared", () => {
    const layout = stageLayout(facts({ speaker: "bo" }));
    expect(layout).toMatchObject({ kind: "contentAndFaces", content: { kind: "speaker", who: "bo" } });
    expect(facesOnScreen(layout)).toEqual(["bo", "me", "ana"]);
  });

  it("never shows me my own screen", () => {
    const layout = stageLayout(facts({ share: { kind: "mine", source: "cours.odp" } }));
    expect(layout).toMatchObject({ content: { kind: "mine" } });
  });

  it("splits the stage between two enlarged people and forgets those who left", () => {
    expect(stageLayout(facts({ pinned: ["ana", "bo"] }))).toEqual({ kind: "two", who: ["ana", "bo"] });
    expect(stageLayout(facts({ pinned: ["gone", "bo"] }))).toEqual({ kind: "one", who: "bo" });
  });

  it("pages a large class, and stays on the last page when people leave", () => {
    const order = Array.from({ length: 100 }, (_, n) => `p${n}`);
    const layout = stageLayout(facts({ name: "faces", order, page: 9 }));
    expect(layout).toMatchObject({ kind: "faces", page: 2, pages: 3 });
    expect(facesOnScreen(layout)).toHaveLength(28);
  });

  it("halves a page of faces under large text, and a strip holds four", () => {
    const order = Array.from({ length: 40 }, (_, n) => `p${n}`);
    expect(facesOnScreen(stageLayout(facts({ name: "faces", order, textScale: 200 })))).toHaveLength(18);
    const share = { kind: "theirs", name: "Ana", state: "live" } as const;
    expect(facesOnScreen(stageLayout(facts({ order, share, textScale: 200 })))).toHaveLength(4);
  });

  it("counts the faces that have no place in the strip", () => {
    const order = Array.from({ length: 28 }, (_, n) => `p${n}`);
    const size = { width: 1022, height: 648 };
    const share = { kind: "theirs", name: "Ana", state: "live" } as const;
    expect(stageLayout(facts({ order, share, size }))).toMatchObject({ side: "top", more: 21 });
  });
});

describe("the order of faces", () => {
  const at = (now: number, more: Partial<Parameters<typeof orderFaces>[2]> = {}) => ({
    heard: new Map<string, number>(),
    now,
    visible: [0, 3] as const,
    guest: false,
    ...more,
  });

  it("is own, hands by their queue, heard within a minute, then names", () => {
    const people = [
      someone("zoe"),
      someone("bo", { hand: 2 }),
      someone("ana"),
      someone("me", { mine: true }),
      someone("yan"),
      someone("cy", { hand: 1 }),
    ];
    const heard = new Map([["yan", 100]]);
    expect(orderFaces([], people, at(200, { heard }))).toEqual(["me", "cy", "bo", "yan", "ana", "zoe"]);
  });

  it("moves nobody because somebody spoke", () => {
    const before = ["me", "ana", "bo", "cy"];
    const people = before.map((user) => someone(user, { mine: user === "me", talking: user === "cy" }));
    expect(orderFaces(before, people, at(0))).toEqual(before);
  });

  it("puts who joins at the end", () => {
    const people = ["me", "bo", "ana"].map((user) => someone(user, { mine: user === "me" }));
    expect(orderFaces(["me", "bo"], people, at(0))).toEqual(["me", "bo", "ana"]);
  });

  it("gives a speaker out of sight the last place of a strip", () => {
    const before = ["me", "ana", "bo", "cy", "di"];
    const people = before.map((user) => someone(user, { mine: user === "me", talking: user === "di" }));
    expect(orderFaces(before, people, at(0, { guest: true }))).toEqual(["me", "ana", "di", "cy", "bo"]);
  });
});
