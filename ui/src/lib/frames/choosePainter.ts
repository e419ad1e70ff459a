import { CanvasPainter, type Painter } from "./painter";
import type { Frame } from "./protocol";
import { WebGlPainter } from "./webgl";

/**
 * WebGL only where it is both offered by hardware and truly faster here: WebKit hides the renderer's name, so a software
 * one is found out by the clock. Costs a few milliseconds, once.
 */
export function choosePainter(clock: () => number = () => performance.now()): Painter {
  const plain = new CanvasPainter();
  const gpu = WebGlPainter.tryNew();
  if (!gpu) return plain;
  return cost(gpu, clock) <= cost(plain, clock) ? gpu : plain;
}

function cost(painter: Painter, clock: () => number): number {
  const frame = grey();
  const canvas = document.createElement("canvas");
  painter.paint(canvas, frame, false);
  const start = clock();
  for (let round = 0; round < 6; round++) painter.paint(canvas, frame, false);
  // Reading one pixel back makes the renderer finish what it only queued.
  canvas.getContext("2d")?.getImageData(0, 0, 1, 1);
  return clock() - start;
}

function grey(): Frame {
  const width = 320;
  const height = 240;
  return { tile: 0, width, height, at: 0, planes: new Uint8Array((width * height * 3) / 2).fill(128) };
}
