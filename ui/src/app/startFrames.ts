import type { Backend } from "@/lib/backend/Backend";
import type { Endpoint } from "@/lib/bindings/Endpoint";
import { choosePainter } from "@/lib/frames/choosePainter";
import { FrameClient } from "@/lib/frames/FrameClient";

export function startFrames(backend: Backend, endpoint: Endpoint): FrameClient {
  const painter = choosePainter(endpoint.software);
  const client = new FrameClient(() => backend.openFrames(endpoint), painter);
  // Read by the bench: how many frames were drawn, and by what.
  document.documentElement.dataset.painter = painter.kind;
  Object.defineProperty(window, "preauFramesDrawn", { configurable: true, get: () => client.drawn });
  return client;
}
