import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FramePort } from "@/lib/backend/Backend";
import { FrameClient } from "./FrameClient";
import { HEADER, parseFrames } from "./protocol";
import { i420ToRgba } from "./yuv";

function frame(tile: number, width: number, height: number, luma = 235): ArrayBuffer {
  const bytes = new ArrayBuffer(HEADER + (width * height * 3) / 2);
  const view = new DataView(bytes);
  view.setUint32(0, tile, true);
  view.setUint16(4, width, true);
  view.setUint16(6, height, true);
  new Uint8Array(bytes, HEADER).fill(128).fill(luma, 0, width * height);
  return bytes;
}

describe("i420ToRgba", () => {
  const convert = (y: number, u: number, v: number) => {
    const out = new Uint32Array(4);
    i420ToRgba(Uint8Array.of(y, y, y, y, u, v), 2, 2, out, false);
    return [...new Uint8Array(out.buffer, 0, 4)];
  };

  it("knows white, black, red, green and blue of studio range", () => {
    expect(convert(235, 128, 128)).toEqual([255, 255, 255, 255]);
    expect(convert(16, 128, 128)).toEqual([0, 0, 0, 255]);
    expect(convert(82, 90, 240)).toEqual([255, 1, 0, 255]);
    expect(convert(145, 54, 34)).toEqual([0, 255, 1, 255]);
    expect(convert(41, 240, 110)).toEqual([0, 0, 255, 255]);
  });

  it("mirrors rows, not columns", () => {
    const out = new Uint32Array(4);
    i420ToRgba(Uint8Array.of(235, 16, 16, 235, 128, 128), 2, 2, out, true);
    expect([...out].map((word) => word & 255)).toEqual([0, 255, 255, 0]);
  });
});

describe("parseFrames", () => {
  const joined = (...parts: ArrayBuffer[]) =>
    Uint8Array.from(parts.flatMap((part) => [...new Uint8Array(part)])).buffer;

  it("reads all frames of a message, each with its own planes", () => {
    const frames = parseFrames(joined(frame(7, 4, 2, 20), frame(8, 2, 2, 30)));
    expect(frames).toMatchObject([
      { tile: 7, width: 4, height: 2 },
      { tile: 8, width: 2, height: 2 },
    ]);
    expect(frames.map(({ planes }) => [planes[0], planes.length])).toEqual([
      [20, 12],
      [30, 6],
    ]);
  });

  it.each([
    ["nothing", new ArrayBuffer(0)],
    ["a header alone", new ArrayBuffer(HEADER)],
    ["a frame cut short", frame(1, 4, 4).slice(0, 20)],
    ["a frame without a size", new ArrayBuffer(200)],
    ["a frame with a broken one behind it", joined(frame(1, 4, 4), new ArrayBuffer(5))],
  ])("drops %s", (_what, bytes) => {
    expect(parseFrames(bytes)).toEqual([]);
  });
});

describe("FrameClient", () => {
  let port: FramePort & { sent: string[] };
  let animate: (() => void) | null = null;
  const paint = vi.fn();

  beforeEach(() => {
    vi.useFakeTimers();
    paint.mockClear();
    port = {
      sent: [],
      send: (text) => port.sent.push(text),
      onFrame: null,
      onOpen: null,
      onClosed: null,
      close() {},
    };
    vi.stubGlobal("requestAnimationFrame", (run: () => void) => {
      animate = run;
      return 1;
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const start = () => {
    const client = new FrameClient(() => port, { kind: "canvas", paint });
    const canvas = document.createElement("canvas");
    const handle = client.add({ canvas, source: { kind: "own" }, fit: "cover", mirror: true });
    handle.resize(319, 241);
    vi.runAllTimers();
    return { client, canvas, handle };
  };

  it("asks for a tile once its size has settled, in even pixels", () => {
    start();
    expect(port.sent.map((text) => JSON.parse(text))).toEqual([
      { tiles: [{ id: 1, source: { kind: "own" }, width: 320, height: 242, fit: "cover" }] },
    ]);
  });

  it("draws only the latest frame of a tile and gives back a credit for each", () => {
    start();
    port.onFrame?.(frame(1, 4, 4, 16));
    port.onFrame?.(frame(1, 4, 4, 200));
    animate?.();
    expect(paint).toHaveBeenCalledTimes(1);
    expect(paint.mock.calls[0]?.[1].planes[0]).toBe(200);
    expect(port.sent.at(-1)).toBe('{"credit":[1,1]}');
  });

  it("copies a picture as large as its tile, and scales it again as soon as the tile has another size", () => {
    const { canvas, handle } = start();
    port.onFrame?.(frame(1, 320, 242));
    animate?.();
    expect(canvas.classList.contains("exact")).toBe(true);
    handle.resize(640, 484);
    expect(canvas.classList.contains("exact")).toBe(false);
    port.onFrame?.(frame(1, 320, 242));
    animate?.();
    expect(canvas.classList.contains("exact")).toBe(false);
  });

  it("drops frames of tiles that are gone", () => {
    const { handle } = start();
    handle.dispose();
    vi.runAllTimers();
    port.onFrame?.(frame(1, 4, 4));
    expect(paint).not.toHaveBeenCalled();
    expect(port.sent.at(-1)).toBe('{"tiles":[]}');
  });

  it("asks again for everything when the socket came back", () => {
    start();
    port.sent.length = 0;
    port.onClosed?.();
    vi.runAllTimers();
    port.onOpen?.();
    expect(port.sent).toHaveLength(1);
  });
});
