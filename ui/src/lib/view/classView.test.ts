import { describe, expect, it } from "vitest";
import type { Change } from "@/lib/bindings/Change";
import type { Message } from "@/lib/bindings/Message";
import { applyChange, emptyView } from "./classView";

const message = (id: string, at: number, state: Message["state"] = "sent"): Message => ({
  id,
  user: "u",
  name: "Lina",
  role: "pupil",
  mine: false,
  text: id,
  at,
  state,
});
const chat = (upsert: Message[], remove: string[] = []): Change => ({
  part: "chat",
  value: { upsert, remove, unread: 0, typing: [], hasOlder: false, away: [] },
});
const viewAfter = (...changes: Change[]) => changes.reduce(applyChange, emptyView);

describe("applyChange", () => {
  it("keeps messages in the order of time, whatever order they came in", () => {
    const view = viewAfter(chat([message("b", 20)]), chat([message("a", 10), message("c", 30)]));
    expect(view.chat.messages.map((m) => m.id)).toEqual(["a", "b", "c"]);
  });

  it("shows what still waits after everything that was sent", () => {
    const view = viewAfter(chat([message("mine", 5, "queued"), message("later", 50)]));
    expect(view.chat.messages.map((m) => m.id)).toEqual(["later", "mine"]);
  });

  it("replaces a local message by the one the server gave an id", () => {
    const view = viewAfter(chat([message("local", 5, "queued")]), chat([message("server", 6)], ["local"]));
    expect(view.chat.messages.map((m) => m.id)).toEqual(["server"]);
  });

  it("drops pages of people past the end when the class shrinks", () => {
    const page = (n: number): Change => ({ part: "peoplePage", value: { page: n, rows: [] } });
    const people = (total: number): Change => ({ part: "people", value: { total, hands: [], quiet: null } });
    const view = viewAfter(people(150), page(0), page(1), page(2), people(60));
    expect([...view.pages.keys()]).toEqual([0, 1]);
  });

  it("forgets voices that were removed", () => {
    const voices = (users: string[], remove: string[]): Change => ({
      part: "voices",
      value: { upsert: users.map((user) => ({ user, name: user, muted: false, talking: true })), remove },
    });
    expect([...viewAfter(voices(["a", "b"], []), voices([], ["a"])).voices.keys()]).toEqual(["b"]);
  });

  it("says the same notice twice with two numbers", () => {
    const notice: Change = { part: "notice", value: { key: "actionRefused" } };
    expect(viewAfter(notice, notice).notices.map((n) => n.id)).toEqual([1, 2]);
  });

  it("ignores a part it does not know", () => {
    expect(applyChange(emptyView, { part: "weather", value: 1 } as unknown as Change)).toBe(emptyView);
  });
});
