import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync("src/shared/tokens.css", "utf8");
type Rgb = [number, number, number];

function theme(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("\n}")[0] ?? "";
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? "", match[2] ?? ""]),
  );
}

const light = theme(":root");
const dark = new Map([...light, ...theme(':root[data-theme="dark"]')]);

function rgb(hex: string): Rgb {
  const digits = hex.trim().match(/^#([0-9a-f]{6})$/i)?.[1];
  if (!digits) throw new Error(`not a colour: ${hex}`);
  return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)) as Rgb;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["canvas", "surface", "sunken"];
const TEXT: [string, string[]][] = [
  ["text", [...GROUNDS, "hover"]],
  ["text-2", [...GROUNDS, "hover"]],
  ["text-3", GROUNDS],
  ["accent-text", ["accent-soft", ...GROUNDS]],
  ["on-accent", ["accent", "accent-hover"]],
  ["on-danger", ["danger"]],
  ["danger-text", ["danger-soft", "surface", "canvas"]],
  ["warn-text", ["warn-soft", "canvas", "surface"]],
  ["text", ["warn-soft", "info-soft", "danger-soft"]],
  ["on-hand", ["hand"]],
  ["info-text", ["info-soft"]],
  ["canvas", ["text"]],
];
const EDGES: [string, string[]][] = [
  ["line-strong", GROUNDS],
  ["accent", GROUNDS],
  ["danger", ["canvas", "surface"]],
  ["hand-line", ["surface"]],
];

describe.each([
  ["light", light],
  ["dark", dark],
])("in the %s theme", (_name, tokens) => {
  const color = (token: string) => rgb(tokens.get(token) ?? "");
  const pairs = (roles: [string, string[]][]) =>
    roles.flatMap(([over, grounds]) => grounds.map((on) => [over, on] as const));

  it.each(pairs(TEXT))("%s can be read on %s", (over, on) => {
    expect(contrast(color(over), color(on))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(pairs(EDGES))("%s can be told from %s", (over, on) => {
    expect(contrast(color(over), color(on))).toBeGreaterThanOrEqual(3);
  });

  it("a name plate can be read over any picture", () => {
    const [r, g, b, alpha] = (tokens.get("plate") ?? "").match(/[\d.]+/g)?.map(Number) ?? [];
    for (const under of [0, 255]) {
      const mixed = [r, g, b].map((part) => (part ?? 0) * (alpha ?? 0) + under * (1 - (alpha ?? 0))) as Rgb;
      expect(contrast(color("on-plate"), mixed)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("letters of people without a picture can be read on their colours", () => {
    const sheet = readFileSync("src/shared/cards.css", "utf8");
    const letters = sheet.match(/\.ava \{[^}]*[^-]color: (#\w{6})/)?.[1] ?? "";
    const grounds = [...sheet.matchAll(/\.ava[^{]*\{[^}]*background: (#\w{6})/g)].map(
      (match) => match[1] ?? "",
    );
    expect(grounds).toHaveLength(6);
    for (const ground of grounds) expect(contrast(rgb(letters), rgb(ground))).toBeGreaterThanOrEqual(4.5);
  });
});
