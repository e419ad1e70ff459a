import type { KeyboardEvent, PointerEvent, RefObject } from "react";
import { useRef } from "react";

const STEP = 80;

/** Moves a scrolling ground by dragging it and by the arrows. */
export function usePan(ground: RefObject<HTMLElement | null>) {
  const held = useRef<{ x: number; y: number } | null>(null);
  return {
    onPointerDown(event: PointerEvent) {
      held.current = { x: event.clientX, y: event.clientY };
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent) {
      const from = held.current;
      if (!from) return;
      ground.current?.scrollBy(from.x - event.clientX, from.y - event.clientY);
      held.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp() {
      held.current = null;
    },
    onKeyDown(event: KeyboardEvent) {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      ground.current?.scrollBy((step[0] ?? 0) * STEP, (step[1] ?? 0) * STEP);
    },
  };
}
