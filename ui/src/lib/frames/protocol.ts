import type { TileFit } from "@/lib/bindings/TileFit";
import type { TileOrder } from "@/lib/bindings/TileOrder";
import type { TileSource } from "@/lib/bindings/TileSource";
import type { WindowTile } from "@/lib/bindings/WindowTile";

export type VideoSource = TileSource;
export type Fit = TileFit;
export type TileRequest = WindowTile;

/** A picture for one tile: planes Y, U, V without padding, both sides even. */
export interface Frame {
  tile: number;
  width: number;
  height: number;
  /** Milliseconds, on the sender's clock. */
  at: number;
  planes: Uint8Array;
}

/** Before each frame: tile u32, width u16, height u16, time u32, all little-endian. */
export const HEADER = 12;

/** The frames of one message, end to end; none if anything in it is not exactly a frame. */
export function parseFrames(bytes: ArrayBuffer): Frame[] {
  const view = new DataView(bytes);
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    if (at + HEADER > bytes.byteLength) return [];
    const width = view.getUint16(at + 4, true);
    const height = view.getUint16(at + 6, true);
    const size = (width * height * 3) / 2;
    if (size === 0 || width % 2 !== 0 || height % 2 !== 0) return [];
    if (at + HEADER + size > bytes.byteLength) return [];
    frames.push({
      tile: view.getUint32(at, true),
      width,
      height,
      at: view.getUint32(at + 8, true),
      planes: new Uint8Array(bytes, at + HEADER, size),
    });
    at += HEADER + size;
  }
  return frames;
}

export const tilesMessage = (tiles: TileRequest[]) => JSON.stringify({ tiles } satisfies TileOrder);
export const creditMessage = (credit: number[]) => JSON.stringify({ credit } satisfies TileOrder);
