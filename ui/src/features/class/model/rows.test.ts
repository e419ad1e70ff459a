import { describe, expect, it } from "vitest";
import type { Message } from "@/lib/bindings/Message";
import type { Person } from "@/lib/bindings/Person";
import { chatRows, textParts } from "./chatRows";
import { personAt, rowCount, rowsInView, typeAhead, voiceLook } from "./peopleRows";

const message = (id: string, user: string, at: number): Message => ({
  id,
  user,
  name: user,
  role: "pupil",
  mine: false,
  text: id,
  at,
  state: "sent",
});

describe("chat", () => {
  const noon = new Date(2026, 4, 4, 12).getTime();

  it("joins messages of one person within two minutes under one head", () => {
    const rows = chatRows(
      [message("a", "u", noon), message("b", "u", noon + 60_000), message("c", "v", noon + 61_000)],
      [],
    );
    expect(rows.map((row) => row.kind === "message" && row.head)).toEqual([true, false, true]);
  });

  it("draws a line between days", () => {
    const rows = chatRows([message("a", "u", noon), message("b", "u", noon + 86_400_000)], []);
    expect(rows.map((row) => row.kind)).toEqual(["message", "day", "message"]);
  });

  it("marks once what others wrote while I was away, and nothing else", () => {
    const away = [{ from: noon + 1_001, until: noon + 41_000, seconds: 40 }];
    const rows = chatRows(
      [
        message("a", "u", noon + 1_000),
        { ...message("mine", "me", noon + 2_000), mine: true },
        message("b", "u", noon + 3_000),
        message("c", "u", noon + 4_000),
      ],
      away,
    );
    expect(rows.map((row) => row.kind)).toEqual(["message", "message", "away", "message", "message"]);
    expect(rows[3]).toMatchObject({ id: "b", head: true });
    expect(chatRows([message("later", "u", noon + 60_000)], away)).toHaveLength(1);
  });

  it("finds addresses, without the sentence's own signs", () => {
    expect(textParts("Voir https://a.example/b?c=1, puis (http://d.example).")).toEqual([
      { kind: "text", text: "Voir " },
      { kind: "link", url: "https://a.example/b?c=1" },
      { kind: "text", text: ", puis (" },
      { kind: "link", url: "http://d.example" },
      { kind: "text", text: ")." },
    ]);
  });

  it.each([
    "javascript:alert(1)",
    "file:///etc/passwd",
    "<a href='x'>y</a>",
    "https://",
    "https://user:secret@evil.example/",
    "data:text/html,hello",
  ])("keeps %s as plain text", (text) => {
    expect(textParts(text)).toEqual([{ kind: "text", text }]);
  });
});

describe("people", () => {
  const person = (name: string, more: Partial<Person> = {}): Person => ({
    user: name,
    name,
    role: "pupil",
    presenter: false,
    me: false,
    away: false,
    hand: false,
    camera: false,
    inVoice: true,
    listenOnly: false,
    locked: false,
    guest: false,
    color: null,
    ...more,
  });
  const pages = new Map([
    [0, Array.from({ length: 50 }, (_, n) => person(`A${n}`))],
    [2, [person("Zoé")]],
  ]);

  it("draws only rows in view, of a thousand", () => {
    expect(rowsInView(0, 380, 38, 1000)).toEqual({ from: 0, to: 16 });
    expect(rowsInView(19_000, 380, 38, 1000)).toEqual({ from: 494, to: 516 });
    expect(rowsInView(1e9, 380, 38, 5)).toEqual({ from: 5, to: 5 });
  });

  it("knows a person by row, and not one whose page has not come", () => {
    expect(personAt(pages, 49)?.name).toBe("A49");
    expect(personAt(pages, 50)).toBeUndefined();
    expect(personAt(pages, 100)?.name).toBe("Zoé");
  });

  it("counts everybody, or while searching only who came", () => {
    expect(rowCount(pages, 1000, "")).toBe(1000);
    expect(rowCount(new Map([[0, [person("Zoé")]]]), 1000, "zo")).toBe(1);
  });

  it("finds the next name by its first letters, around the end", () => {
    expect(typeAhead(pages, 101, 0, "z")).toBe(100);
    expect(typeAhead(pages, 101, 100, "a1")).toBe(1);
    expect(typeAhead(pages, 101, 0, "q")).toBeNull();
  });

  it("shows a silent member as muted and who is not in the sound as nothing", () => {
    const voice = { user: "x", name: "x", muted: false, talking: true };
    expect(voiceLook(person("x"), voice)).toBe("speaking");
    expect(voiceLook(person("x"), undefined)).toBe("muted");
    expect(voiceLook(person("x", { inVoice: false }), undefined)).toBe("none");
    expect(voiceLook(person("x", { listenOnly: true }), undefined)).toBe("listening");
  });
});
