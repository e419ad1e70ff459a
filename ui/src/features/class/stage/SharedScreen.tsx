import { useRef, useState } from "react";
import { Toolbar } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useApp, useClass } from "@/lib/session/context";
import { useSize } from "@/lib/util/useSize";
import { IconButton } from "@/shared/Button";
import { Video } from "@/shared/Video";
import { fitWithTools } from "../model/layout";
import { usePan } from "./usePan";

type Zoom = "fit" | "actual";
const WIDE = { width: 1600, height: 900 };

/** Somebody's screen: fitted to the stage, or pixel by pixel with panning. Its tools stand beside it, never on it. */
export function SharedScreen({ onRatio }: { onRatio: (ratio: number) => void }) {
  const t = useText();
  const share = useClass((view) => view.share);
  const textScale = useApp((state) => state.settings.textScale);
  const [zoom, setZoom] = useState<Zoom>("fit");
  const [picture, setPicture] = useState(WIDE);
  const ground = useRef<HTMLDivElement>(null);
  const moving = useRef<HTMLElement>(null);
  const size = useSize(ground);
  const pan = usePan(moving);
  if (share.kind !== "theirs") return null;
  const name = t("stage.screenOf", { name: share.name });
  const onSize = (width: number, height: number) => {
    setPicture({ width, height });
    onRatio(width / height);
  };
  const fitted = fitWithTools(size, picture.width / picture.height, Math.min(textScale, 150) / 100);
  const scale = window.devicePixelRatio || 1;
  return (
    <div
      ref={ground}
      className={fitted.tools === "left" ? "content" : "content column"}
      data-region="content"
    >
      {zoom === "fit" ? (
        <div className="sheet" style={fitted.size}>
          <Video source={{ kind: "screen" }} fit="contain" name={name} onSize={onSize} />
        </div>
      ) : (
        <section
          ref={moving}
          className="sheet actual"
          aria-label={t("stage.pan")}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move the picture
          tabIndex={0}
          style={fitted.size}
          {...pan}
        >
          <div
            className="actual-picture"
            style={{ width: picture.width / scale, height: picture.height / scale }}
          >
            <Video source={{ kind: "screen" }} fit="contain" natural name={name} onSize={onSize} />
          </div>
        </section>
      )}
      <Toolbar
        className={fitted.tools === "left" ? "rail left" : "rail bottom-row"}
        orientation={fitted.tools === "left" ? "vertical" : "horizontal"}
        aria-label={name}
      >
        <IconButton
          name={t("stage.fit")}
          icon="layoutContent"
          aria-pressed={zoom === "fit"}
          onPress={() => setZoom("fit")}
        />
        <IconButton
          name={t("stage.actual")}
          icon="zoom"
          aria-pressed={zoom === "actual"}
          onPress={() => setZoom("actual")}
        />
      </Toolbar>
      {share.state === "live" ? null : (
        <p className="content-state" role="status">
          {share.state === "lost" ? t("stage.pictureLost") : t("stage.connecting")}
        </p>
      )}
    </div>
  );
}
