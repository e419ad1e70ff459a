import type { Language, Text } from "./text";

/** The 24-hour clock of a school day in both languages. */
export const tagOf = (language: Language) => (language === "fr" ? "fr-FR" : "en-GB");

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function clockTime(language: Language, at: number): string {
  return new Intl.DateTimeFormat(tagOf(language), { hour: "2-digit", minute: "2-digit" }).format(at);
}

export function dayName(language: Language, at: number): string {
  return new Intl.DateTimeFormat(tagOf(language), { weekday: "long", day: "numeric", month: "long" }).format(
    at,
  );
}

/** « à l'instant », « depuis 2 min ». */
export function waited(text: Text, since: string | null, now: number): string {
  const at = since === null ? Number.NaN : Date.parse(since);
  const minutes = Math.floor((now - at) / MINUTE);
  return Number.isFinite(minutes) && minutes >= 1 ? text("since.minutes", { n: minutes }) : text("since.now");
}

/** « 40 s », « 5 min »: how long something lasted. */
export function span(text: Text, seconds: number): string {
  return seconds < 100
    ? text("span.seconds", { n: seconds })
    : text("span.minutes", { n: Math.round(seconds / 60) });
}

/** Today by the clock, yesterday by its name, the days before by theirs, then the date. */
export function lastUsed(text: Text, language: Language, at: number, now: number): string {
  const start = new Date(now).setHours(0, 0, 0, 0);
  if (at >= start) return text("used.today", { time: clockTime(language, at) });
  if (at >= start - DAY) return text("used.yesterday");
  const style: Intl.DateTimeFormatOptions =
    at >= start - 6 * DAY ? { weekday: "long" } : { day: "numeric", month: "long" };
  const day = new Intl.DateTimeFormat(tagOf(language), style).format(at);
  return day.charAt(0).toLocaleUpperCase(language) + day.slice(1);
}

const ENGLISH = ["first", "second", "third"] as const;

/** « 1re », « 2e »: a place in the queue (feminine in French, for "position"). */
export function ordinal(language: Language, n: number): string {
  if (language === "fr") return n === 1 ? "1re" : `${n}e`;
  return ENGLISH[n - 1] ?? `number ${n}`;
}
