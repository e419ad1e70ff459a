import type { Person } from "@/lib/bindings/Person";
import type { VoiceOf } from "@/lib/bindings/VoiceOf";
import { PEOPLE_PAGE } from "@/lib/view/classView";

/** Height of a row at 100 % text. */
export const ROW = 38;
/** A search is offered from this many people on. */
export const SEARCH_FROM = 12;

export interface Window {
  from: number;
  to: number;
}

/** Rows to draw for this scroll position, with some on both sides. */
export function rowsInView(scrollTop: number, height: number, row: number, total: number, spare = 6): Window {
  const from = Math.max(0, Math.floor(scrollTop / row) - spare);
  const to = Math.min(total, Math.ceil((scrollTop + height) / row) + spare);
  return { from: Math.min(from, to), to };
}

export function personAt(pages: ReadonlyMap<number, readonly Person[]>, index: number): Person | undefined {
  return pages.get(Math.floor(index / PEOPLE_PAGE))?.[index % PEOPLE_PAGE];
}

/** While a search is on, the server sends only who fits: the rows are those that came. */
export function rowCount(
  pages: ReadonlyMap<number, readonly Person[]>,
  total: number,
  search: string,
): number {
  if (search.trim() === "") return total;
  let rows = 0;
  for (const [page, people] of pages) {
    if (people.length > 0) rows = Math.max(rows, page * PEOPLE_PAGE + people.length);
  }
  return rows;
}

export type VoiceLook = "speaking" | "open" | "muted" | "listening" | "none";

export function voiceLook(person: Person, voice: VoiceOf | undefined): VoiceLook {
  if (voice?.talking) return "speaking";
  if (voice && !voice.muted) return "open";
  if (person.listenOnly) return "listening";
  return person.inVoice || voice ? "muted" : "none";
}

/** The first row, after this one and around, whose name begins so. */
export function typeAhead(
  pages: ReadonlyMap<number, readonly Person[]>,
  total: number,
  from: number,
  typed: string,
): number | null {
  const wanted = typed.toLocaleLowerCase();
  for (let step = 0; step < total; step++) {
    const index = (from + step) % total;
    if (personAt(pages, index)?.name.toLocaleLowerCase().startsWith(wanted)) return index;
  }
  return null;
}
