/** Drawn people: imaginary pupils of the practice card and of the scripted class. */

export interface Look {
  wall: readonly [string, string];
  skin: readonly [string, string];
  hair: string;
  cut: "short" | "long" | "curly" | "bob" | "bun" | "shaved";
  shirt: string;
  glasses: boolean;
  headset: boolean;
}

const WALLS = [
  ["#cfdce3", "#9fb6c2"],
  ["#e9d5cc", "#c9a493"],
  ["#d2e4df", "#9dc3b8"],
  ["#e8dfd0", "#c9b99e"],
  ["#ddd6e8", "#b3a7c9"],
  ["#dfe5cd", "#a9b98f"],
] as const;
const SKINS = [
  ["#f3cfb3", "#ddae8c"],
  ["#d7a178", "#b67f56"],
  ["#b97f56", "#96613c"],
  ["#8a5a3c", "#6d442c"],
  ["#e9be9b", "#cf9a74"],
] as const;
const HAIRS = ["#4a3123", "#2b211c", "#1d1b1e", "#7a5230", "#8c3f22", "#d8b36a", "#b98a4a"] as const;
const SHIRTS = [
  "#c8553d",
  "#e4b363",
  "#3f6c7a",
  "#7b5b86",
  "#2f6b5a",
  "#dd8f73",
  "#4a5d80",
  "#8c8f5a",
  "#a14f4f",
  "#5a86b8",
] as const;
const CUTS = ["short", "long", "curly", "bob", "bun", "shaved"] as const;

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/** The same number is always the same person. */
export function lookOf(n: number): Look {
  return {
    wall: at(WALLS, n * 5 + 1),
    skin: at(SKINS, n * 3 + (n >> 2)),
    hair: at(HAIRS, n * 2 + (n >> 1)),
    cut: at(CUTS, n + (n >> 2)),
    shirt: at(SHIRTS, n * 7 + 3),
    glasses: n % 5 === 3,
    headset: n % 6 === 2,
  };
}

export interface Pose {
  /** 0 closed to 1 wide. */
  mouth: number;
  blink: boolean;
  /** Drift of the head, in units of a picture 320 wide. */
  sway: number;
}

/** Fills the context; drawn on a field of 320×200, cropped to cover. */
export function drawPortrait(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  look: Look,
  pose: Pose,
): void {
  const scale = Math.max(width / 320, height / 200);
  context.setTransform(scale, 0, 0, scale, (width - 320 * scale) / 2, (height - 200 * scale) / 2);
  const wall = context.createLinearGradient(0, 0, 320, 200);
  wall.addColorStop(0, look.wall[0]);
  wall.addColorStop(1, look.wall[1]);
  context.fillStyle = wall;
  context.fillRect(0, 0, 320, 200);
  context.fillStyle = "rgb(255 255 255 / .5)";
  context.fillRect(look.glasses ? 24 : 222, 14, 62, 74);
  context.translate(pose.sway, 0);
  const fill = (path: string, color: string) => {
    context.fillStyle = color;
    context.fill(new Path2D(path));
  };
  const [skin, shade] = look.skin;
  if (look.cut === "long")
    fill("M106 96C101 44 129 28 160 28s59 16 54 68c4 34 5 56-2 80H108c-7-24-6-46-2-80z", look.hair);
  if (look.cut === "bob")
    fill("M108 98C102 48 130 29 160 29s58 19 52 69c2 20 2 34-2 44H110c-4-10-4-24-2-44z", look.hair);
  if (look.cut === "curly") for (let k = 0; k < 13; k++) curl(context, k, look.hair);
  if (look.cut === "bun") disc(context, 160, 28, 19, look.hair);
  fill("M48 222c2-48 42-66 88-72h48c46 6 86 24 88 72z", look.shirt);
  fill("M142 122h36v27c-8 12-28 12-36 0z", shade);
  disc(context, 117, 102, 9, shade);
  disc(context, 203, 102, 9, shade);
  fill("M118 90c0-30 18-46 42-46s42 16 42 46c0 34-18 57-42 57s-42-23-42-57z", skin);
  disc(context, 134, 116, 9, "rgb(217 83 74 / .16)");
  disc(context, 186, 116, 9, "rgb(217 83 74 / .16)");
  const eyes = pose.blink ? 0.7 : 4.6;
  for (const x of [143, 177]) {
    context.fillStyle = "#231a17";
    context.beginPath();
    context.ellipse(x, 98, 4, eyes, 0, 0, 7);
    context.fill();
  }
  const hair = {
    short: "M113 94C108 52 136 33 162 35c31 1 49 24 44 59-4-15-11-22-19-27-19 8-46 7-55 0-8 8-15 15-19 27z",
    shaved: "M116 88C114 56 136 42 160 42s46 14 44 46c-7-18-21-27-44-27s-37 9-44 27z",
    bun: "M113 94C109 54 134 37 160 37s51 17 47 57c-6-22-20-36-47-36s-41 14-47 36z",
    long: "M114 98C111 58 136 41 160 39c24 2 49 19 46 59-8-20-24-34-46-36-22 2-38 16-46 36z",
    bob: "M113 92C110 54 136 39 160 39s50 15 47 53c-10-14-20-20-47-20s-37 6-47 20z",
    curly: "M116 88C114 60 134 46 160 46s46 14 44 42c-8-14-20-20-44-20s-36 6-44 20z",
  };
  fill(hair[look.cut], look.hair);
  const line = (path: string, color: string, thick: number) => {
    context.strokeStyle = color;
    context.lineWidth = thick;
    context.lineCap = "round";
    context.stroke(new Path2D(path));
  };
  line("M134 86c5-4 12-4 17-1M186 86c-5-4-12-4-17-1", look.hair, 3.2);
  line("M160 102c4 7 3 11-2 12", shade, 3);
  if (pose.mouth > 0.15) {
    context.fillStyle = "#7a2e2a";
    context.beginPath();
    context.ellipse(160, 126, 13, 3 + 7 * pose.mouth, 0, 0, 7);
    context.fill();
  } else line("M147 122c5 8 21 8 26 0", "#8a4a3d", 3);
  if (look.glasses)
    line(
      "M129 98a14 12 0 1 0 28 0a14 12 0 1 0-28 0M163 98a14 12 0 1 0 28 0a14 12 0 1 0-28 0M157 96h6",
      "#33373a",
      3,
    );
  if (look.headset) {
    line("M113 98C106 40 136 27 160 27s54 13 47 71", "#33373a", 6);
    fill("M105 92a6 6 0 0 1 12 0v22a6 6 0 0 1-12 0zM203 92a6 6 0 0 1 12 0v22a6 6 0 0 1-12 0z", "#33373a");
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}

function curl(context: CanvasRenderingContext2D, k: number, color: string): void {
  const turn = Math.PI * (1 + k / 12);
  disc(context, 160 + 50 * Math.cos(turn), 86 + 50 * Math.sin(turn), 15, color);
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, r: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, r, 0, 7);
  context.fill();
}
