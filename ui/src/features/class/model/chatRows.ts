import type { Away } from "@/lib/bindings/Away";
import type { Message } from "@/lib/bindings/Message";

/** Messages of one person within this time share one head. */
const JOIN_MS = 2 * 60_000;

export type ChatRow =
  | { kind: "day"; id: string; at: number }
  | { kind: "away"; id: string; seconds: number }
  | { kind: "message"; id: string; message: Message; head: boolean };

export function chatRows(messages: readonly Message[], away: readonly Away[]): ChatRow[] {
  const rows: ChatRow[] = [];
  const marks = away.map((absence) => ({ absence, first: messages.find((m) => missed(m, absence))?.id }));
  let before: Message | null = null;
  for (const message of messages) {
    const newDay = before !== null && dayOf(before.at) !== dayOf(message.at);
    if (newDay) rows.push({ kind: "day", id: `day-${message.id}`, at: message.at });
    const mark = marks.find((each) => each.first === message.id);
    if (mark) rows.push({ kind: "away", id: `away-${message.id}`, seconds: mark.absence.seconds });
    const joined =
      !newDay && !mark && before !== null && before.user === message.user && message.at - before.at < JOIN_MS;
    rows.push({ kind: "message", id: message.id, message, head: !joined });
    before = message;
  }
  return rows;
}

/** Somebody else wrote it while I was away. */
function missed(message: Message, away: Away): boolean {
  return !message.mine && message.state === "sent" && message.at >= away.from && message.at <= away.until;
}

const dayOf = (at: number) => new Date(at).toDateString();

export type TextPart = { kind: "text"; text: string } | { kind: "link"; url: string };

/** Splits a message into text and web addresses. Nothing else becomes active. */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"«»]+/giu)) {
    const url = match[0].replace(/[.,;:!?)\]}'’]+$/u, "");
    if (!isWebAddress(url)) continue;
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    parts.push({ kind: "link", url });
    from = match.index + url.length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

function isWebAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return url.hostname !== "" && url.username === "" && url.password === "";
  } catch {
    return false;
  }
}
