import { useEffect, useRef } from "react";
import { useFrames } from "@/lib/frames/context";
import type { TileHandle } from "@/lib/frames/FrameClient";
import type { Fit, VideoSource } from "@/lib/frames/protocol";

interface Props {
  source: VideoSource;
  fit: Fit;
  name: string;
  mirror?: boolean;
  /** Ask for the picture as it is, not for the size of the tile. */
  natural?: boolean;
  onSize?: (width: number, height: number) => void;
}

/** Larger than any screen: the sender never enlarges, so this means "as it is". */
const NATURAL = 8192;

/** A picture that moves. Its canvas is drawn outside React. */
export function Video({ source, fit, name, mirror = false, natural = false, onSize }: Props) {
  const frames = useFrames();
  const canvas = useRef<HTMLCanvasElement>(null);
  const sized = useRef(onSize);
  sized.current = onSize;
  const key = JSON.stringify(source);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a source is its content, not its identity
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const handle: TileHandle = frames.add({
      canvas: element,
      source,
      fit,
      mirror,
      onSize: (width, height) => sized.current?.(width, height),
    });
    const measure = () => {
      const scale = window.devicePixelRatio || 1;
      if (natural) handle.resize(NATURAL, NATURAL);
      else handle.resize(element.clientWidth * scale, element.clientHeight * scale);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      handle.dispose();
    };
  }, [frames, key, fit, mirror, natural]);

  return <canvas ref={canvas} className={`video ${fit}`} role="img" aria-label={name} width={2} height={2} />;
}
