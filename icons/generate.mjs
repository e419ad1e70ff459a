// Draws every icon the application needs from preau.svg (and preau-small.svg up to 48 px) with a headless Chromium.
// The results are committed: only who changes the sign runs this. `node icons/generate.mjs`
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), "preau-icons-"));
const chromium = process.env.CHROMIUM ?? "chromium";

const SIZES = [16, 24, 30, 32, 44, 48, 50, 64, 71, 89, 107, 128, 142, 150, 256, 284, 310, 512, 1024];
const drawn = drawAll();

/** One page draws every size on a canvas of exactly that size and prints them as data addresses. */
function drawAll() {
  const address = (name) => `data:image/svg+xml;base64,${readFileSync(join(here, name)).toString("base64")}`;
  const page = join(work, "draw.html");
  writeFileSync(
    page,
    `<!doctype html><meta charset="utf-8"><pre></pre><script>
    const picture = (src) => new Promise((done) => { const i = new Image(); i.onload = () => done(i); i.src = src; });
    (async () => {
      const small = await picture("${address("preau-small.svg")}");
      const large = await picture("${address("preau.svg")}");
      const lines = ${JSON.stringify(SIZES)}.map((size) => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = size;
        canvas.getContext("2d").drawImage(size <= 48 ? small : large, 0, 0, size, size);
        return size + " " + canvas.toDataURL("image/png").split(",")[1];
      });
      document.querySelector("pre").textContent = "\\n" + lines.join("\\n") + "\\n";
    })();
    </script>`,
  );
  const dom = execFileSync(
    chromium,
    ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(work, "profile")}`,
      "--virtual-time-budget=5000", "--dump-dom", `file://${page}`],
    { encoding: "utf8", maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "ignore"] },
  );
  const pictures = new Map();
  for (const [, size, base64] of dom.matchAll(/^(\d+) ([A-Za-z0-9+/=]+)$/gm)) {
    pictures.set(Number(size), checked(Number(size), Buffer.from(base64, "base64")));
  }
  return pictures;
}

/** Tauri accepts nothing but 8-bit RGBA. */
function checked(size, bytes) {
  const [width, height, depth, colour] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]];
  if (width !== size || height !== size || depth !== 8 || colour !== 6) {
    throw new Error(`${size}: got ${width}x${height}, depth ${depth}, colour type ${colour}`);
  }
  return bytes;
}

function at(size) {
  const bytes = drawn.get(size);
  if (!bytes) throw new Error(`size ${size} was not drawn`);
  return bytes;
}

function ico(sizes) {
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  sizes.forEach((size, index) => {
    const entry = 6 + 16 * index;
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(at(size).length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += at(size).length;
  });
  return Buffer.concat([head, ...sizes.map(at)]);
}

function icns(kinds) {
  const parts = kinds.map(([kind, size]) => {
    const head = Buffer.alloc(8);
    head.write(kind, 0, "ascii");
    head.writeUInt32BE(8 + at(size).length, 4);
    return Buffer.concat([head, at(size)]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write("icns", 0, "ascii");
  head.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}

const files = {
  "32x32.png": at(32),
  "64x64.png": at(64),
  "128x128.png": at(128),
  "128x128@2x.png": at(256),
  "icon.png": at(512),
  "StoreLogo.png": at(50),
  "icon.ico": ico([16, 24, 32, 48, 64, 256]),
  "icon.icns": icns([["icp4", 16], ["icp5", 32], ["ic07", 128], ["ic08", 256], ["ic09", 512], ["ic10", 1024], ["ic11", 32], ["ic12", 64], ["ic13", 256], ["ic14", 512]]),
};
for (const size of [30, 44, 71, 89, 107, 142, 150, 284, 310]) files[`Square${size}x${size}Logo.png`] = at(size);
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(here, name), bytes);
rmSync(work, { recursive: true, force: true });
