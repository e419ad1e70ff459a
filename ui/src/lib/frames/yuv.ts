/**
 * One I420 picture (BT.601, studio range) into RGBA words, in one pass: each chroma pair is worked out once for its
 * four pixels, in integers, without tables. `mirror` flips left and right for free, because only the index differs.
 */
export function i420ToRgba(
  planes: Uint8Array,
  width: number,
  height: number,
  out: Uint32Array,
  mirror: boolean,
): void {
  const half = width >> 1;
  const uStart = width * height;
  const vStart = uStart + half * (height >> 1);
  const step = mirror ? -1 : 1;
  for (let row = 0; row < height; row += 2) {
    let top = row * width;
    let bottom = top + width;
    let c = (row >> 1) * half;
    let to = mirror ? top + width - 1 : top;
    const last = c + half;
    for (; c < last; c++) {
      const u = (planes[uStart + c] as number) - 128;
      const v = (planes[vStart + c] as number) - 128;
      const r = 409 * v - 4640;
      const g = -100 * u - 208 * v - 4640;
      const b = 516 * u - 4640;
      out[to] = pixel(298 * (planes[top++] as number), r, g, b);
      out[to + width] = pixel(298 * (planes[bottom++] as number), r, g, b);
      to += step;
      out[to] = pixel(298 * (planes[top++] as number), r, g, b);
      out[to + width] = pixel(298 * (planes[bottom++] as number), r, g, b);
      to += step;
    }
  }
}

/** −4640 above is 128 (rounding) less 16 × 298 (black at 16). */
function pixel(y: number, r: number, g: number, b: number): number {
  let red = (y + r) >> 8;
  let green = (y + g) >> 8;
  let blue = (y + b) >> 8;
  if (((red | green | blue) & -256) !== 0) {
    // Branches cost less than Math.min and Math.max before the optimising compiler comes in.
    red = red < 0 ? 0 : red > 255 ? 255 : red;
    green = green < 0 ? 0 : green > 255 ? 255 : green;
    blue = blue < 0 ? 0 : blue > 255 ? 255 : blue;
  }
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
