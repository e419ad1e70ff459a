import type { Someone } from "./someone";

/** Order is looked at again no more often than this. */
export const ORDER_EVERY_MS = 3000;
const RECENT_MS = 60_000;

export interface OrderFacts {
  /** When each person was last heard, on the same clock as `now`. */
  heard: ReadonlyMap<string, number>;
  now: number;
  /** Positions on screen now; nobody there moves because somebody spoke. */
  visible: readonly [from: number, to: number];
  /** In a strip, a speaker who is out of sight takes its last place. */
  guest: boolean;
}

/**
 * Own first, then hands by their queue, then those heard within a minute, then by name. Once shown, people stay where
 * they are: only a hand moves somebody, and who joins comes at the end.
 */
export function orderFaces(
  previous: readonly string[],
  people: readonly Someone[],
  facts: OrderFacts,
): string[] {
  const byUser = new Map(people.map((person) => [person.user, person]));
  const kept = previous.filter((user) => byUser.has(user));
  const known = new Set(kept);
  const newcomers = people.filter((person) => !known.has(person.user)).sort((a, b) => compare(a, b, facts));
  const order = [...kept, ...newcomers.map((person) => person.user)].sort(
    (a, b) => front(byUser.get(a)) - front(byUser.get(b)),
  );
  return facts.guest ? seatGuest(order, byUser, facts.visible) : order;
}

function compare(a: Someone, b: Someone, facts: OrderFacts): number {
  const recent = (person: Someone) => {
    const at = facts.heard.get(person.user);
    return person.talking || (at !== undefined && facts.now - at < RECENT_MS) ? 0 : 1;
  };
  const blind = (person: Someone) => (person.stream === null ? 1 : 0);
  return front(a) - front(b) || recent(a) - recent(b) || blind(a) - blind(b) || a.name.localeCompare(b.name);
}

function front(person: Someone | undefined): number {
  if (!person) return Number.POSITIVE_INFINITY;
  if (person.mine) return 0;
  return person.hand ?? 1_000_000;
}

function seatGuest(
  order: string[],
  byUser: ReadonlyMap<string, Someone>,
  visible: readonly [number, number],
): string[] {
  const last = Math.min(visible[1], order.length) - 1;
  const seated = byUser.get(order[last] ?? "");
  if (last < 1 || !seated || seated.talking || seated.hand !== null) return order;
  const speaker = order.findIndex((user, index) => index > last && byUser.get(user)?.talking);
  if (speaker < 0) return order;
  const next = [...order];
  next[last] = order[speaker] as string;
  next[speaker] = order[last] as string;
  return next;
}
