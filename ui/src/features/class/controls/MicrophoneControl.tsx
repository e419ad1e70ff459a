import { useEffect, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import type { Text } from "@/lib/catalogue/text";
import { useApp } from "@/lib/session/context";
import { type MicrophoneLook, microphoneLook } from "../model/controls";
import { useRoom } from "../model/room";
import { useActions } from "../useActions";
import { SplitControl } from "./Control";
import { DeviceMenu } from "./DeviceMenu";

const TIP_MS = 6000;
const TIP_EVERY_MS = 60_000;

export function MicrophoneControl() {
  const t = useText();
  const actions = useActions();
  const key = useApp((state) => JSON.stringify(microphoneLook(state.view)));
  const held = useRoom((room) => room.held);
  const look = JSON.parse(key) as MicrophoneLook;
  const face = held ? openFace(t) : faceOf(look, t);
  return (
    <div className="tipped">
      <SpeakingMutedTip />
      <SplitControl
        {...face}
        tip={held ? t("control.talkWhileHeld") : `${face.tip} · Ctrl+M`}
        onPress={actions.toggleMicrophone}
        menuName={t("control.micMenu")}
        menu={<DeviceMenu kinds={["microphone", "speaker"]} />}
      />
    </div>
  );
}

const openFace = (t: Text) =>
  ({
    icon: "microphone",
    word: t("microphone"),
    tip: t("control.mute"),
    tone: "plain",
    pending: false,
  }) as const;

function faceOf(look: MicrophoneLook, t: Text) {
  const muted = {
    icon: "microphoneOff",
    word: t("control.muted"),
    tip: t("control.unmute"),
    tone: "off",
  } as const;
  switch (look.kind) {
    case "open":
      return openFace(t);
    case "muted":
      return { ...muted, pending: false };
    case "locked":
      return {
        ...muted,
        word: t("control.locked"),
        tip: t("mic.locked"),
        small: "lock",
        pending: false,
      } as const;
    case "listening":
      return {
        icon: "headset",
        word: t("control.listening"),
        tip: t("control.joinSound"),
        tone: "plain",
        pending: false,
      } as const;
    case "pending":
      if (look.to === "joining") return { ...openFace(t), word: t("control.joining"), pending: true };
      return look.to === "open"
        ? { ...openFace(t), pending: true }
        : { ...muted, tone: "plain" as const, pending: true };
  }
}

/** « You are speaking, but … »: over the microphone, for 6 s, once a minute. */
function SpeakingMutedTip() {
  const t = useText();
  const last = useApp(
    (state) => state.view.notices.findLast((each) => each.notice.key === "speakingMuted")?.id ?? 0,
  );
  const [shownAt, setShownAt] = useState(Number.NEGATIVE_INFINITY);
  const [shown, setShown] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new notice shows the tip
  useEffect(() => {
    const now = performance.now();
    if (last === 0 || now - shownAt < TIP_EVERY_MS) return;
    setShownAt(now);
    setShown(true);
    const timer = setTimeout(() => setShown(false), TIP_MS);
    return () => clearTimeout(timer);
  }, [last]);
  return shown ? (
    <span className="tip over" role="status">
      {t("mic.speakingMuted")}
    </span>
  ) : null;
}
