/** Geometry of the class frame (pixels). Pure, so that the table of the design can be its test. */

export const GAP = 8;
export const STRIP_HEIGHT = 78;
export const STRIP_WIDTH = 152;
const SIDE_TILE_HEIGHT = 86;
/** Tiles of a strip are 136 × 78 and give way to this, so that one more face fits. */
export const STRIP_TILE_LEAST: readonly [number, number] = [120, 78];
export const PANEL_WIDTH = 320;
/** Narrowest face in a page of faces. */
const FACE_MIN = 160;
export const FACES_CAP = 36;

export interface Size {
  width: number;
  height: number;
}

export type PanelPlace = "push" | "overlay" | "full";

/** Where an open panel of this width goes in a window. */
export function panelPlace(windowWidth: number, panel: number): PanelPlace {
  if (windowWidth - panel >= 860) return "push";
  return windowWidth >= 700 ? "overlay" : "full";
}

/** Panels grow with the text, up to one and a half. */
export const panelWidth = (textScale: number) => PANEL_WIDTH * Math.min(textScale / 100, 1.5);

export type StripSide = "top" | "side";

export interface ContentPlace {
  side: StripSide;
  width: number;
  height: number;
}

/**
 * Where the strip of faces goes so that content of this ratio ends larger. Within 3 % the present side is kept, so that
 * a window being dragged does not flicker between the two.
 */
export function contentPlace(stage: Size, ratio: number, present?: StripSide): ContentPlace {
  const top = Math.min(stage.width, (stage.height - STRIP_HEIGHT - GAP) * ratio);
  const side = Math.min(stage.width - STRIP_WIDTH - GAP, stage.height * ratio);
  let chosen: StripSide = side > top ? "side" : "top";
  if (present && Math.abs(top - side) <= 0.03 * Math.max(top, side)) chosen = present;
  const width = Math.max(0, chosen === "top" ? top : side);
  return { side: chosen, width, height: width / ratio };
}

export interface Grid {
  columns: number;
  rows: number;
  tile: Size;
}

/** Columns and rows of the largest tiles between 4:3 and 16:9 that hold `count` faces. */
export function faceGrid(stage: Size, count: number): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), tile: { width: 0, height: 0 } };
  let area = -1;
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns) || 1;
    const tile = clampRatio(
      (stage.width - GAP * (columns - 1)) / columns,
      (stage.height - GAP * (rows - 1)) / rows,
    );
    if (tile.width * tile.height > area) {
      area = tile.width * tile.height;
      best = { columns, rows, tile };
    }
  }
  return best;
}

function clampRatio(width: number, height: number): Size {
  const w = Math.max(0, width);
  const h = Math.max(0, height);
  if (w > (h * 16) / 9) return { width: (h * 16) / 9, height: h };
  if (w < (h * 4) / 3) return { width: w, height: (w * 3) / 4 };
  return { width: w, height: h };
}

/** How many faces one page holds with tiles wide enough to recognise a person. */
export function facesPerPage(stage: Size, cap = FACES_CAP): number {
  for (let count = cap; count > 1; count--) {
    if (faceGrid(stage, count).tile.width >= FACE_MIN) return count;
  }
  return 1;
}

/** Faces a strip holds beside the button for the others. */
export function stripCapacity(stage: Size, side: StripSide, textScale: number): number {
  const length = side === "top" ? stage.width : stage.height;
  const each = side === "top" ? STRIP_TILE_LEAST[0] : SIDE_TILE_HEIGHT;
  const more = side === "top" ? 52 : 40;
  const fits = Math.max(1, Math.floor((length - more) / (each + GAP) + 0.001));
  return textScale >= 150 ? Math.min(4, fits) : fits;
}

export interface Fitted {
  /** Of the picture. */
  size: Size;
  /** Where its tools stand: on the side that is spare, never over it. */
  tools: "left" | "bottom";
}

const TOOLS = 44;

/** A picture of this ratio in this ground, with room for its tools. */
export function fitWithTools(ground: Size, ratio: number, unit = 1): Fitted {
  const tools = TOOLS * unit + GAP;
  const whole = inside(ground, ratio);
  const spareWidth = ground.width - whole.width;
  const spareHeight = ground.height - whole.height;
  if (spareWidth >= spareHeight) {
    return { size: inside({ width: ground.width - tools, height: ground.height }, ratio), tools: "left" };
  }
  return { size: inside({ width: ground.width, height: ground.height - tools }, ratio), tools: "bottom" };
}

function inside(ground: Size, ratio: number): Size {
  const width = Math.max(0, Math.min(ground.width, ground.height * ratio));
  return { width, height: width / ratio };
}
