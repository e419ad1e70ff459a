import { useEffect, useRef, useState } from "react";
import type { DeviceKind } from "@/lib/backend/Backend";
import type { Device } from "@/lib/bindings/Device";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { useStore } from "@/lib/util/store";
import { Button } from "./Button";
import { SelectField } from "./Choice";
import { Icon, type IconName } from "./icons";
import { litSteps, type Verdict, verdict } from "./level";
import { LevelMeter } from "./Pieces";
import "./devices.css";

/** Microphone with its level, speaker with its two trials, camera: in the device check and in the settings. */
export function SoundAndCamera() {
  return (
    <div className="devices">
      <Microphone />
      <Speaker />
      <Camera />
    </div>
  );
}

const LISTS = { microphone: "microphones", speaker: "speakers", camera: "cameras" } as const;

function useDevices(kind: DeviceKind): { list: readonly Device[]; chosen: string | null } {
  const devices = useApp((state) => state.devices);
  const list = devices[LISTS[kind]];
  return {
    list,
    chosen: devices[kind] ?? list.find((device) => device.isDefault)?.id ?? list[0]?.id ?? null,
  };
}

function Choice({
  kind,
  icon,
  children,
  missing,
}: {
  kind: DeviceKind;
  icon: IconName;
  children?: React.ReactNode;
  missing: string;
}) {
  const t = useText();
  const session = useSession();
  const { list, chosen } = useDevices(kind);
  return (
    <div className="device">
      <span className="device-sign">
        <Icon name={icon} />
      </span>
      <div className="grow device-body">
        {list.length === 0 ? (
          <>
            <span className="lab">{t(kind)}</span>
            <p className="error">
              <Icon name="alert" size="s" />
              {missing}
            </p>
          </>
        ) : (
          <>
            <SelectField
              label={t(kind)}
              options={list}
              value={chosen}
              placeholder={t("check.choose")}
              onChange={(id) => session.chooseDevice(kind, id)}
            />
            {children}
          </>
        )}
      </div>
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
    <Choice kind="microphone" icon="microphone" missing={t("mic.none")}>
      <LevelMeter name={t("check.level")} lit={lit} />
      <p className={`verdict ${said ?? ""}`} role="status">
        {said === "good" ? <Icon name="check" size="xs" /> : null}
        {said === null ? "" : words[said]}
      </p>
    </Choice>
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

type Trial = "none" | "playing" | "ask" | "no" | "hearing";
const SOUND_MS = 1500;
const HEAR_MS = 8000;

function Speaker() {
  const t = useText();
  const session = useSession();
  const [trial, setTrial] = useState<Trial>("none");
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const start = (run: () => Promise<void>, during: Trial, ms: number, then: Trial) => {
    void run().catch(() => {});
    setTrial(during);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTrial(then), ms);
  };
  return (
    <Choice kind="speaker" icon="speaker" missing={t("speaker.none")}>
      <div className="row trials">
        <Button
          size="dense"
          onPress={() => start(() => session.backend.playTestSound(), "playing", SOUND_MS, "ask")}
        >
          {t("check.play")}
        </Button>
        <Button
          size="dense"
          onPress={() => start(() => session.backend.hearMyself(), "hearing", HEAR_MS, "none")}
        >
          {t("check.hear")}
        </Button>
      </div>
      <div className="row trials" role="status">
        {trial === "playing" ? <span className="help">{t("check.playing")}</span> : null}
        {trial === "hearing" ? <span className="help">{t("check.hearing")}</span> : null}
        {trial === "no" ? <span className="help">{t("check.noHelp")}</span> : null}
        {trial === "ask" ? (
          <>
            <span className="help">{t("check.heard")}</span>
            <Button look="link" onPress={() => setTrial("none")}>
              {t("check.yes")}
            </Button>
            <Button look="link" onPress={() => setTrial("no")}>
              {t("check.no")}
            </Button>
          </>
        ) : null}
      </div>
    </Choice>
  );
}

function Camera() {
  const t = useText();
  return <Choice kind="camera" icon="camera" missing={t("cam.none")} />;
}
