import { describe, expect, it } from "vitest";
import { textIn } from "@/lib/catalogue/text";
import { type ClassView, emptyView } from "@/lib/view/classView";
import { classDetails } from "./details";

const facts = (info: Partial<ClassView["info"]>) => {
  const view = { ...emptyView, info: { ...emptyView.info, ...info } };
  const format = { clock: (at: number) => `<${at}>`, span: (seconds: number) => `${seconds} s` };
  return Object.fromEntries(
    classDetails(view, 5000, textIn("fr"), format).map(({ term, fact }) => [term, fact]),
  );
};

describe("details of the class", () => {
  it("say where it runs, since when and until when", () => {
    expect(facts({ server: "bbb.example.org", openedAt: 1000, endsAt: 9000 })).toMatchObject({
      Serveur: "bbb.example.org",
      Ouverte: "à <1000>, depuis 4 s",
      "Fin prévue": "<9000>",
    });
  });

  it("leave out what is not known, and name this computer", () => {
    expect(facts({})).not.toHaveProperty("Serveur");
    expect(facts({})).not.toHaveProperty("Ouverte");
    expect(facts({ practice: true, server: "127.0.0.1" })).toHaveProperty("Serveur", "Cet ordinateur");
  });
});
