import { describe, expect, it } from "vitest";
import { contentPlace, FACES_CAP, faceGrid, facesPerPage, panelPlace, panelWidth } from "./layout";

/** The table of the design, section 4: window, panel, content 16:9 and 4:3 with the strip's side, faces a page, tiles. */
const TABLE = [
  [1366, 696, 0, "1024 side", "768 side", 36, "331×186 218×163 186×138 193×108"],
  [1366, 696, 320, "871 top", "768 side", 30, "331×186 245×138 193×108 163×108"],
  [1366, 696, 440, "871 top", "742 side", 25, "295×186 219×138 174×108"],
  [1366, 768, 0, "1152 side", "864 side", 36, "374×210 277×156 219×123 218×123"],
  [1366, 768, 320, "999 top", "862 side", 36, "335×210 249×156 198×123 163×122"],
  [1920, 1016, 0, "1593 side", "1195 side", 36, "521×293 387×218 307×172 307×172"],
  [1920, 1016, 320, "1440 top", "1195 side", 36, "520×293 387×218 307×172 256×172"],
  [1024, 640, 0, "848 side", "693 side", 30, "298×168 220×124 173×97 161×97"],
] as const;

const stageOf = (width: number, height: number, panel: number) => ({
  width: width - 16 - (panel ? panel + 8 : 0),
  height: height - 120,
});

describe.each(TABLE)("a window of %i×%i with a panel of %i", (w, h, panel, wide, square, page, tiles) => {
  const stage = stageOf(w, h, panel);

  it("puts the strip where the content ends larger", () => {
    const say = (ratio: number) => {
      const { side, width } = contentPlace(stage, ratio);
      return `${Math.round(width)} ${side}`;
    };
    expect([say(16 / 9), say(4 / 3)]).toEqual([wide, square]);
  });

  it("holds that many faces on a page", () => {
    expect(facesPerPage(stage)).toBe(page);
  });

  it("gives faces the largest tiles", () => {
    const sizes = [9, 16, 25, 30].slice(0, tiles.split(" ").length).map((count) => {
      const { tile } = faceGrid(stage, count);
      return `${Math.floor(tile.width + 1e-6)}×${Math.floor(tile.height + 1e-6)}`;
    });
    expect(sizes.join(" ")).toBe(tiles);
  });
});

describe("the frame of the class", () => {
  it("pushes the stage while 860 px are left, lies over it below, and fills a narrow window", () => {
    expect(panelPlace(1366, 320)).toBe("push");
    expect(panelPlace(1100, 320)).toBe("overlay");
    expect(panelPlace(640, 320)).toBe("full");
  });

  it("keeps the present side of the strip when both are nearly as good", () => {
    const stage = { width: 1022, height: 576 };
    expect(contentPlace(stage, 16 / 9).side).toBe("top");
    expect(contentPlace(stage, 16 / 9, "side").side).toBe("side");
  });

  it("lets panels grow with the text up to one and a half", () => {
    expect([100, 125, 150, 200].map(panelWidth)).toEqual([320, 400, 480, 480]);
  });

  it("never gives a tile outside 4:3 to 16:9, nor a page above the cap", () => {
    for (let n = 1; n <= 60; n++) {
      const { tile, columns, rows } = faceGrid({ width: 1350, height: 576 }, n);
      const ratio = tile.width / tile.height;
      expect(ratio).toBeGreaterThanOrEqual(4 / 3 - 1e-9);
      expect(ratio).toBeLessThanOrEqual(16 / 9 + 1e-9);
      expect(columns * rows).toBeGreaterThanOrEqual(n);
    }
    expect(facesPerPage({ width: 9000, height: 9000 })).toBe(FACES_CAP);
  });
});
