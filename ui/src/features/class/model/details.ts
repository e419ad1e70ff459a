import type { Text } from "@/lib/catalogue/text";
import type { ClassView } from "@/lib/view/classView";

export interface Format {
  clock(at: number): string;
  span(seconds: number): string;
}

/** Facts of the class; what the server does not say is left out. */
export function classDetails(
  { info, people, me }: ClassView,
  now: number,
  t: Text,
  format: Format,
): { term: string; fact: string }[] {
  const since = info.openedAt === null ? 0 : Math.max(0, now - info.openedAt) / 1000;
  const rows: [string, string | null][] = [
    [t("details.server"), info.practice ? t("details.here") : info.server || null],
    [
      t("details.opened"),
      info.openedAt === null
        ? null
        : t("details.at", { time: format.clock(info.openedAt), since: format.span(since) }),
    ],
    [t("details.ends"), info.endsAt === null ? t("details.open") : format.clock(info.endsAt)],
    [t("people"), people.total > 0 ? String(people.total) : null],
    [t("details.me"), me.role === "teacher" ? t("teacher") : t("pupil")],
    [t("details.recording"), info.recording ? t("check.yes") : t("check.no")],
  ];
  return rows.flatMap(([term, fact]) => (fact === null ? [] : [{ term, fact }]));
}
