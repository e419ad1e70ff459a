import { en } from "./en";
import { type French, fr } from "./fr";

export type Language = "fr" | "en";
export type TextKey = keyof French;

/** A sentence, or two forms of it chosen by the number `n`. */
export type Entry = string | { readonly one: string; readonly other: string };

type NamesIn<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Names<E> = E extends { one: infer A; other: infer B } ? NamesIn<A> | NamesIn<B> | "n" : NamesIn<E>;
type Values<K extends TextKey> = { readonly [N in Names<French[K]>]: string | number };

/** What a key needs to become a sentence: its values, checked by the compiler. */
export type TextArguments<K extends TextKey> = [Names<French[K]>] extends [never] ? [] : [values: Values<K>];
export type Text = <K extends TextKey>(key: K, ...values: TextArguments<K>) => string;

const CATALOGUES: Record<Language, Record<TextKey, Entry>> = { fr, en };

export function textIn(language: Language): Text {
  const catalogue = CATALOGUES[language];
  return (key, ...[values]) => {
    const given = (values ?? {}) as Record<string, string | number>;
    const entry = catalogue[key];
    const sentence = typeof entry === "string" ? entry : isOne(language, given.n) ? entry.one : entry.other;
    // Values are put in after the signs were set: a person's name stays as they write it.
    return typeset(sentence, language).replace(/\{(\w+)\}/g, (whole, name) => String(given[name] ?? whole));
  };
}

function isOne(language: Language, n: string | number | undefined): boolean {
  return language === "fr" ? Number(n) < 2 : Number(n) === 1;
}

const NARROW = "\u202f";
const WIDE = "\u00a0";

/** Typographic apostrophes, and the no-break spaces French puts before its double signs. */
export function typeset(sentence: string, language: Language): string {
  const quoted = sentence.replaceAll("'", "’");
  if (language !== "fr") return quoted;
  return quoted
    .replace(/ ([;!?%»])/g, `${NARROW}$1`)
    .replace(/« /g, `«${NARROW}`)
    .replace(/ :/g, `${WIDE}:`)
    .replace(/(\d) (\d{3}|s|min|Mo)\b/g, `$1${NARROW}$2`)
    .replace(/(\{n\}) (s|min|Mo)\b/g, `$1${NARROW}$2`);
}

/** The system's language first; English where it is neither. */
export function languageOf(wish: "system" | Language, system: readonly string[]): Language {
  if (wish !== "system") return wish;
  for (const tag of system) {
    if (tag.toLowerCase().startsWith("fr")) return "fr";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}
