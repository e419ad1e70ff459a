import { describe, expect, it } from "vitest";
import { textIn } from "@/lib/catalogue/text";
import { type ClassView, emptyView } from "@/lib/view/classView";
import { commandsOf, peopleFound } from "./commands";

const t = textIn("fr");
const ids = (view: ClassView) => commandsOf(view, t).map((command) => command.id);
const may = (part: Partial<ClassView["me"]["may"]>): ClassView => ({
  ...emptyView,
  me: { ...emptyView.me, user: "me", may: { ...emptyView.me.may, ...part } },
});
const hand = (user: string, name: string) => ({ user, name, since: null });

describe("what can be found and done", () => {
  it("is only what one may do", () => {
    expect(ids(emptyView)).not.toContain("share");
    expect(ids(emptyView)).not.toContain("muteAll");
    expect(ids(may({ share: true, muteOthers: true }))).toEqual(expect.arrayContaining(["share", "muteAll"]));
  });

  it("gives the floor only while somebody else's hand is up", () => {
    const view = may({ lowerHands: true });
    expect(ids(view)).not.toContain("floor");
    const people = { total: 2, hands: [hand("me", "Moi"), hand("l", "Lina")], quiet: null };
    const floor = commandsOf({ ...view, people }, t).find((command) => command.id === "floor");
    expect(floor?.text).toBe("Donner la parole à Lina");
  });

  it("says who speaks, me too, and that nobody does", () => {
    const answer = (view: ClassView) => commandsOf(view, t).find((each) => each.id === "speaking")?.answer;
    expect(answer(emptyView)).toBe("Personne ne parle.");
    const voices = new Map([["n", { user: "n", name: "Noé", muted: false, talking: true }]]);
    expect(answer({ ...emptyView, voices, sound: { ...emptyView.sound, talking: true } })).toBe("Vous, Noé");
  });

  it("finds people known to the window once, and not me", () => {
    const view = {
      ...may({}),
      people: { total: 2, hands: [hand("me", "Moi"), hand("l", "Lina")], quiet: null },
    };
    expect(peopleFound(view, () => true)).toEqual([{ user: "l", name: "Lina" }]);
    expect(peopleFound(view, () => false)).toEqual([]);
  });
});
