import type { Frame } from "./protocol";
import { i420ToRgba } from "./yuv";

/** Puts one frame on one canvas, which takes the size of the frame. */
export interface Painter {
  readonly kind: "canvas" | "webgl";
  paint(canvas: HTMLCanvasElement, frame: Frame, mirror: boolean): void;
}

interface Surface {
  context: CanvasRenderingContext2D;
  picture: ImageData;
  words: Uint32Array;
}

/** The common case on school machines and under software rendering: convert in place, one blit. */
export class CanvasPainter implements Painter {
  readonly kind = "canvas";
  private readonly surfaces = new WeakMap<HTMLCanvasElement, Surface>();

  paint(canvas: HTMLCanvasElement, frame: Frame, mirror: boolean): void {
    const surface = this.surface(canvas, frame.width, frame.height);
    if (!surface) return;
    i420ToRgba(frame.planes, frame.width, frame.height, surface.words, mirror);
    surface.context.putImageData(surface.picture, 0, 0);
  }

  private surface(canvas: HTMLCanvasElement, width: number, height: number): Surface | null {
    const known = this.surfaces.get(canvas);
    if (known && known.picture.width === width && known.picture.height === height) return known;
    // Kept in main memory: every frame is written by the processor, a copy on the GPU would only be in the way.
    const context = known?.context ?? canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) return null;
    canvas.width = width;
    canvas.height = height;
    const picture = context.createImageData(width, height);
    const surface = { context, picture, words: new Uint32Array(picture.data.buffer) };
    this.surfaces.set(canvas, surface);
    return surface;
  }
}
