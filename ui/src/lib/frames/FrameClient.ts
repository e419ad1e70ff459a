import type { FramePort } from "@/lib/backend/Backend";
import type { Painter } from "./painter";
import {
  creditMessage,
  type Fit,
  type Frame,
  parseFrames,
  type TileRequest,
  tilesMessage,
  type VideoSource,
} from "./protocol";

/** Sizes settle for this long before they are asked for, so that a dragged edge costs one request. */
const SETTLE_MS = 120;
const REOPEN_MS = 1000;

export interface Tile {
  canvas: HTMLCanvasElement;
  source: VideoSource;
  fit: Fit;
  mirror: boolean;
  /** Called before the first frame is drawn and whenever the size of frames changes. */
  onSize?: ((width: number, height: number) => void) | undefined;
}

export interface TileHandle {
  /** In device pixels. */
  resize(width: number, height: number): void;
  dispose(): void;
}

interface Entry extends Tile {
  id: number;
  width: number;
  height: number;
  pictureWidth: number;
  pictureHeight: number;
}

/**
 * Asks for the tiles on screen and draws what comes: the latest frame of each, all in one animation frame, then gives
 * their credit back. A slow window therefore slows the sender down instead of queueing.
 */
export class FrameClient {
  private readonly tiles = new Map<number, Entry>();
  private readonly pending = new Map<number, Frame>();
  /** One entry for each frame received, drawn or overtaken: all of them are credited. */
  private owed: number[] = [];
  private port: FramePort | null = null;
  private nextId = 1;
  private asked = "";
  private settle: ReturnType<typeof setTimeout> | null = null;
  private drawing = 0;
  private closed = false;
  /** Frames drawn so far, for the bench. */
  drawn = 0;

  constructor(
    private readonly open: () => FramePort,
    private readonly painter: Painter,
  ) {
    this.connect();
  }

  add(tile: Tile): TileHandle {
    const id = this.nextId++;
    const entry: Entry = { ...tile, id, width: 0, height: 0, pictureWidth: 0, pictureHeight: 0 };
    this.tiles.set(id, entry);
    return {
      resize: (width, height) => {
        const even = (size: number) => Math.max(2, Math.ceil(size / 2) * 2);
        entry.width = even(width);
        entry.height = even(height);
        this.place(entry);
        this.askSoon();
      },
      dispose: () => {
        this.tiles.delete(id);
        this.pending.delete(id);
        this.askSoon();
      },
    };
  }

  close(): void {
    this.closed = true;
    if (this.settle !== null) clearTimeout(this.settle);
    cancelAnimationFrame(this.drawing);
    this.port?.close();
  }

  private connect(): void {
    if (this.closed) return;
    const port = this.open();
    this.port = port;
    port.onOpen = () => {
      this.asked = "";
      this.ask();
    };
    port.onFrame = (bytes) => this.receive(bytes);
    port.onClosed = () => {
      this.pending.clear();
      this.owed = [];
      setTimeout(() => this.connect(), REOPEN_MS);
    };
  }

  private askSoon(): void {
    if (this.settle !== null) return;
    this.settle = setTimeout(() => this.ask(), SETTLE_MS);
  }

  private ask(): void {
    this.settle = null;
    const requests: TileRequest[] = [];
    for (const { id, source, width, height, fit } of this.tiles.values()) {
      if (width > 0 && height > 0) requests.push({ id, source, width, height, fit });
    }
    const text = tilesMessage(requests);
    if (text === this.asked) return;
    this.asked = text;
    this.port?.send(text);
  }

  private receive(bytes: ArrayBuffer): void {
    for (const frame of parseFrames(bytes)) {
      if (!this.tiles.has(frame.tile)) continue;
      this.pending.set(frame.tile, frame);
      this.owed.push(frame.tile);
    }
    if (this.drawing === 0 && this.pending.size > 0) this.drawing = requestAnimationFrame(() => this.draw());
  }

  /** A picture as large as its tile is copied; any other is scaled, which a window drawn in software feels. */
  private place({ canvas, width, height, pictureWidth, pictureHeight }: Entry): void {
    const exact = width === pictureWidth && height === pictureHeight && window.devicePixelRatio === 1;
    canvas.classList.toggle("exact", exact);
  }

  private draw(): void {
    this.drawing = 0;
    for (const [id, frame] of this.pending) {
      const entry = this.tiles.get(id);
      if (!entry) continue;
      if (entry.pictureWidth !== frame.width || entry.pictureHeight !== frame.height) {
        entry.pictureWidth = frame.width;
        entry.pictureHeight = frame.height;
        this.place(entry);
        entry.onSize?.(frame.width, frame.height);
      }
      this.painter.paint(entry.canvas, frame, entry.mirror);
      this.drawn++;
    }
    this.pending.clear();
    this.port?.send(creditMessage(this.owed));
    this.owed = [];
  }
}
