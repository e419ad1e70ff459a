import type { Store } from "@/lib/util/store";
import { type Panel, type RoomState, togglePanel } from "./model/room";

const STOPS = 'button:not([disabled]),input:not([disabled]),textarea:not([disabled]),[tabindex="0"]';

/** Puts the keyboard into the next region of the class that has anything in it. */
export function moveRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((region) =>
    stopIn(region),
  );
  if (regions.length === 0) return;
  const now = regions.findIndex((region) => region.contains(document.activeElement));
  const start = now < 0 && step < 0 ? 0 : now;
  const next = regions[(start + step + regions.length) % regions.length];
  if (next) stopIn(next)?.focus();
}

function stopIn(region: HTMLElement): HTMLElement | null {
  const stops = [...region.querySelectorAll<HTMLElement>(STOPS)];
  return stops.find((stop) => stop.tabIndex >= 0) ?? null;
}

export const inPanel = () => document.activeElement?.closest('[data-region="panel"]') != null;

export const tabOf = (panel: Panel) => `tab-${panel}`;

/** Closes the panel; the keyboard goes back to the button that opens it. */
export function closePanel(room: Store<RoomState>): void {
  const { panel } = room.get();
  if (panel === null) return;
  room.set(togglePanel(panel));
  document.getElementById(tabOf(panel))?.focus();
}
