import { HEADER, type TileRequest, type VideoSource } from "@/lib/frames/protocol";
import { drawPortrait, lookOf } from "@/shared/portrait";
import type { FramePort } from "../Backend";
import { numberOf } from "./cast";
import { drawDesktop, drawSlide } from "./drawings";

const EVERY_MS = 120;

/** A frame socket that draws what it is asked for. Speaks the same bytes as the application. */
export function scriptedFrames(): FramePort {
  const pen = document.createElement("canvas");
  const context = pen.getContext("2d", { willReadFrequently: true });
  let tiles: TileRequest[] = [];
  const credit = new Map<number, number>();
  const still = new Set<number>();
  const start = performance.now();
  const port: FramePort = {
    onFrame: null,
    onOpen: null,
    onClosed: null,
    close: () => clearInterval(timer),
    send(text) {
      const message = JSON.parse(text) as { tiles?: TileRequest[]; credit?: number[] };
      if (message.tiles) {
        tiles = message.tiles;
        still.clear();
        for (const tile of tiles) credit.set(tile.id, 1);
      }
      for (const id of message.credit ?? []) credit.set(id, 1);
    },
  };
  const timer = setInterval(() => {
    if (!context) return;
    const now = performance.now() - start;
    for (const tile of tiles) {
      if (!credit.get(tile.id) || still.has(tile.id)) continue;
      credit.set(tile.id, 0);
      const [width, height] = pictureSize(tile);
      if (pen.width !== width || pen.height !== height) {
        pen.width = width;
        pen.height = height;
      }
      draw(context, width, height, tile.source, now);
      if (tile.source.kind === "still" || tile.source.kind === "screen") still.add(tile.id);
      port.onFrame?.(encode(tile.id, width, height, now, context.getImageData(0, 0, width, height).data));
    }
  }, EVERY_MS);
  setTimeout(() => port.onOpen?.(), 0);
  return port;
}

/** Never larger than the source; contained pictures keep their ratio. */
function pictureSize(tile: TileRequest): [number, number] {
  const [sourceWidth, sourceHeight] =
    tile.source.kind === "screen" || tile.source.kind === "still" ? [1920, 1080] : [640, 480];
  const even = (size: number) => Math.max(2, Math.floor(size / 2) * 2);
  const ratios = [tile.width / sourceWidth, tile.height / sourceHeight] as const;
  if (tile.fit === "cover") {
    const down = Math.min(1, 1 / Math.max(...ratios));
    return [even(Math.min(tile.width * down, 1920)), even(Math.min(tile.height * down, 1080))];
  }
  const scale = Math.min(1, ...ratios);
  return [even(sourceWidth * scale), even(sourceHeight * scale)];
}

function draw(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  source: VideoSource,
  now: number,
): void {
  switch (source.kind) {
    case "screen":
      drawSlide(context, width, height);
      return;
    case "still":
      drawDesktop(context, width, height, source.source);
      return;
    default: {
      const person = source.kind === "own" ? 27 : numberOf(source.stream);
      const beat = now / 1000 + person * 1.7;
      drawPortrait(context, width, height, lookOf(person), {
        mouth: person === 0 ? Math.abs(Math.sin(beat * 5)) : 0,
        blink: beat % 4 < 0.15,
        sway: 2 * Math.sin(beat),
      });
    }
  }
}

function encode(id: number, width: number, height: number, at: number, rgba: Uint8ClampedArray): ArrayBuffer {
  const bytes = new ArrayBuffer(HEADER + (width * height * 3) / 2);
  const head = new DataView(bytes);
  head.setUint32(0, id, true);
  head.setUint16(4, width, true);
  head.setUint16(6, height, true);
  head.setUint32(8, Math.round(at), true);
  const out = new Uint8Array(bytes, HEADER);
  const luma = width * height;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const [r, g, b] = [rgba[from] ?? 0, rgba[from + 1] ?? 0, rgba[from + 2] ?? 0];
      out[y * width + x] = (66 * r + 129 * g + 25 * b + 4224) >> 8;
      if (y % 2 === 0 && x % 2 === 0) {
        const to = luma + (y >> 1) * (width >> 1) + (x >> 1);
        out[to] = (-38 * r - 74 * g + 112 * b + 32896) >> 8;
        out[to + (luma >> 2)] = (112 * r - 94 * g - 18 * b + 32896) >> 8;
      }
    }
  }
  return bytes;
}
