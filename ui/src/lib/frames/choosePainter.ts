import { CanvasPainter, type Painter } from "./painter";
import { WebGlPainter } from "./webgl";

/**
 * WebGL only where hardware stands behind it. The application says where it knows of none (`software`): WebKit hides the
 * renderer's name, and an emulated context costs more than the plain canvas.
 */
export function choosePainter(software: boolean): Painter {
  return (software ? null : WebGlPainter.tryNew()) ?? new CanvasPainter();
}
