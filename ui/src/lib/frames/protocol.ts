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

/** Tile u32, width u16, height u16, time u32, all little-endian. */
export const HEADER = 12;

/** Null for anything that is not exactly one frame. */
export function parseFrame(bytes: ArrayBuffer): Frame | null {
  if (bytes.byteLength < HEADER) return null;
  const head = new DataView(bytes, 0, HEADER);
  const width = head.getUint16(4, true);
  const height = head.getUint16(6, true);
  if (width === 0 || height === 0 || width % 2 !== 0 || height % 2 !== 0) return null;
  if (bytes.byteLength !== HEADER + (width * height * 3) / 2) return null;
  return {
    tile: head.getUint32(0, true),
    width,
    height,
    at: head.getUint32(8, true),
    planes: new Uint8Array(bytes, HEADER),
  };
}

export const tilesMessage = (tiles: TileRequest[]) => JSON.stringify({ tiles } satisfies TileOrder);
export const creditMessage = (credit: number[]) => JSON.stringify({ credit } satisfies TileOrder);
