import { describe, expect, it } from "vitest";
import { en } from "./en";
import { fr } from "./fr";
import { type Entry, languageOf, textIn, typeset } from "./text";

const sources = import.meta.glob<string>(
  ["/src/**/*.{ts,tsx}", "!/src/**/*.test.*", "!/src/lib/catalogue/{fr,en}.ts"],
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);
const forms = (entry: Entry) => (typeof entry === "string" ? [entry] : [entry.one, entry.other]);
const names = (entry: Entry) =>
  [
    ...new Set(
      forms(entry)
        .join(" ")
        .match(/\{\w+\}/g) ?? [],
    ),
  ].sort();
const keys = Object.keys(fr) as (keyof typeof fr)[];

describe("the catalogues", () => {
  it("have the same keys, the same values in them and the same forms", () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
    for (const key of keys) {
      expect([key, names(en[key])]).toEqual([key, names(fr[key])]);
      expect([key, typeof en[key]]).toEqual([key, typeof fr[key]]);
    }
  });

  it("have no sentence that nobody says", () => {
    const code = Object.values(sources).join("\n");
    expect(keys.filter((key) => !code.includes(`"${key}"`) && !code.includes(`t(${key}`))).toEqual([]);
  });

  it("shout at nobody and show no code", () => {
    for (const key of keys) {
      for (const text of [...forms(fr[key]), ...forms(en[key])])
        expect(text).not.toMatch(/!|Oups|Oops|E-[A-Z]/);
    }
  });
});

describe("sentences", () => {
  it("have narrow no-break spaces and real apostrophes in French", () => {
    expect(typeset("Qu'est-ce : « oui » ?", "fr")).toBe("Qu’est-ce\u00a0: «\u202foui\u202f»\u202f?");
    expect(typeset("It's: “yes”?", "en")).toBe("It’s: “yes”?");
  });

  it("put names in as they are written", () => {
    expect(textIn("fr")("share.taken", { name: "L'autre ; {x}" })).toContain("L'autre ; {x}");
  });

  it("count nothing and one alike in French, not in English", () => {
    expect(textIn("fr")("class.people", { n: 0 })).toBe("0 personne");
    expect(textIn("en")("class.people", { n: 0 })).toBe("0 people");
    expect(textIn("fr")("class.people", { n: 2 })).toBe("2 personnes");
  });

  it("follow the system's language first, English where it is neither", () => {
    expect(languageOf("system", ["fr-CA", "en"])).toBe("fr");
    expect(languageOf("system", ["de", "fr"])).toBe("fr");
    expect(languageOf("system", ["de"])).toBe("en");
    expect(languageOf("en", ["fr"])).toBe("en");
  });
});
