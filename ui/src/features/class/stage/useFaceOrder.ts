import { type RefObject, useEffect, useRef, useState } from "react";
import { ORDER_EVERY_MS, orderFaces } from "../model/order";
import type { Someone } from "../model/someone";
import { facesOnScreen, type Layout } from "../model/stage";

/** While the class is still coming in, the order is made anew; later people keep their places. */
const SETTLING_MS = 2500;

/** Who comes where, and who spoke last. Who came or left, or a hand, shows at once; all else at most every 3 s. */
export function useFaceOrder(
  people: readonly Someone[],
  shown: RefObject<Layout | null>,
): { order: readonly string[]; speaker: string | null } {
  const [started] = useState(() => performance.now());
  const heard = useRef(new Map<string, number>());
  const order = useRef<readonly string[]>([]);
  const signature = useRef("");
  const speaker = useRef<string | null>(null);
  const [, tick] = useState(0);
  const lastTick = useRef(-1);

  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), ORDER_EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  const now = performance.now();
  for (const person of people) if (person.talking) heard.current.set(person.user, now);
  const talking = people.filter((person) => person.talking && !person.mine);
  const still = talking.some((person) => person.user === speaker.current);
  if (!still && talking[0]) speaker.current = talking[0].user;

  const present = people
    .map((person) => `${person.user}:${person.hand ?? ""}:${person.stream === null ? 0 : 1}`)
    .sort()
    .join(" ");
  const turn = Math.floor((now - started) / ORDER_EVERY_MS);
  if (present !== signature.current || turn !== lastTick.current) {
    signature.current = present;
    lastTick.current = turn;
    const settling = now - started < SETTLING_MS;
    const layout = shown.current;
    const visible = layout ? facesOnScreen(layout).length : 0;
    const next = orderFaces(settling ? [] : order.current, people, {
      heard: heard.current,
      now,
      visible: [0, visible],
      guest: layout?.kind === "contentAndFaces",
    });
    if (next.join(" ") !== order.current.join(" ")) order.current = next;
  }
  return { order: order.current, speaker: speaker.current };
}
