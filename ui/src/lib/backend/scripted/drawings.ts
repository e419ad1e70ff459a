/** A slide of a lesson, on a field of 1600×900. */
export function drawSlide(context: CanvasRenderingContext2D, width: number, height: number): void {
  context.setTransform(width / 1600, 0, 0, height / 900, 0, 0);
  box(context, 0, 0, 1600, 900, "#fffdf8");
  box(context, 0, 0, 1600, 14, "#e4b363");
  const write = (text: string, x: number, y: number, size: number, color = "#1f2a26", weight = 400) => {
    context.font = `${weight} ${size}px Georgia, "DejaVu Serif", serif`;
    context.fillStyle = color;
    context.fillText(text, x, y);
  };
  write("Comparer deux fractions", 96, 136, 68, "#1f2a26", 700);
  write("Laquelle est la plus grande ?", 96, 208, 40, "#55605a");
  const bar = (y: number, top: string, low: string, parts: number, filled: number, color: string) => {
    write(top, 180, y + 48, 74, "#1f2a26", 600);
    box(context, 166, y + 67, 68, 6, "#1f2a26");
    write(low, 180, y + 136, 74, "#1f2a26", 600);
    for (let part = 0; part < parts; part++) {
      box(context, 330 + (760 / parts) * part, y, 760 / parts, 86, "#26352f");
      box(context, 332 + (760 / parts) * part, y + 2, 760 / parts - 4, 82, part < filled ? color : "#ffffff");
    }
  };
  bar(312, "2", "3", 3, 2, "#7db8a5");
  bar(542, "3", "5", 5, 3, "#f0c27a");
  write("2/3 = 10/15", 1180, 372, 52);
  write("3/5 = 9/15", 1180, 602, 52);
  write("Méthode : on écrit les deux fractions avec le même dénominateur.", 96, 806, 42);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

const PAPER: Record<string, string> = { w1: "#b8573a", w2: "#2f5da5", w3: "#2d7d4f", w4: "#c9cfd3" };

/** A window or a screen, small. */
export function drawDesktop(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  id: string,
): void {
  context.setTransform(width / 320, 0, 0, height / 180, 0, 0);
  const screen = id.startsWith("s");
  box(context, 0, 0, 320, 180, screen ? (id === "s1" ? "#2f5b73" : "#5d4a73") : "#f4f5f5");
  if (id !== "s2") {
    const [x, y, w, h] = screen ? [28, 20, 200, 120] : [0, 0, 320, 180];
    box(context, x, y, w, h, "#ffffff");
    box(context, x, y, w, 18, PAPER[id] ?? "#dde3e8");
    for (let line = 0; line < 6; line++) {
      box(
        context,
        x + 24,
        y + 36 + line * 14,
        line === 0 ? w * 0.4 : w * (0.7 - (line % 3) * 0.1),
        5,
        line === 0 ? "#33403b" : "#b9c2bd",
      );
    }
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}

function box(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  w: number,
  h: number,
  color: string,
): void {
  context.fillStyle = color;
  context.fillRect(x, y, w, h);
}
