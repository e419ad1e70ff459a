import { useEffect, useRef, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useSession } from "@/lib/session/context";
import { useStore } from "@/lib/util/store";
import { DeviceChoice } from "./DeviceChoice";
import { Icon } from "./icons";
import { litSteps, type Verdict, verdict } from "./level";
import { LevelMeter } from "./Pieces";
import { SpeakerTrial } from "./SpeakerTrial";
import "./devices.css";

/** Microphone with its level, speaker with its two trials, camera: in the device check and in the settings. */
export function SoundAndCamera() {
  return (
    <div className="devices">
      <Microphone />
      <SpeakerTrial />
      <Camera />
    </div>
  );
}

const VERDICT_AFTER_MS = 2000;
const SILENT_HELP_MS = 6000;

function Microphone() {
  const t = useText();
  const session = useSession();
  const lit = useStore(session.level, (level) => litSteps(level.db));
  const said = useVerdict();
  const words = {
    good: t("check.good"),
    quiet: t("check.quiet"),
    silent: t("check.silent"),
    help: t("mic.silent"),
  };
  return (
    <DeviceChoice kind="microphone" icon="microphone" missing={t("mic.none")}>
      <LevelMeter name={t("check.level")} lit={lit} />
      <p className={`verdict ${said ?? ""}`} role="status">
        {said === "good" ? <Icon name="check" size="xs" /> : null}
        {said === null ? "" : words[said]}
      </p>
    </DeviceChoice>
  );
}

/** The loudest of the last seconds, once there were enough of them. */
function useVerdict(): Verdict | "help" | null {
  const session = useSession();
  const [said, setSaid] = useState<Verdict | "help" | null>(null);
  const heard = useRef<{ at: number; db: number }[]>([]);
  useEffect(() => {
    const start = performance.now();
    let silentSince = start;
    return session.level.watch(() => {
      const now = performance.now();
      heard.current = [
        ...heard.current.filter((one) => now - one.at < VERDICT_AFTER_MS),
        { at: now, db: session.level.get().db },
      ];
      if (now - start < VERDICT_AFTER_MS) return;
      const judged = verdict(Math.max(...heard.current.map((one) => one.db)));
      if (judged !== "silent") silentSince = now;
      setSaid(judged === "silent" && now - silentSince > SILENT_HELP_MS ? "help" : judged);
    });
  }, [session]);
  return said;
}

function Camera() {
  const t = useText();
  return <DeviceChoice kind="camera" icon="camera" missing={t("cam.none")} />;
}
