import { useEffect, useRef, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useSession } from "@/lib/session/context";
import { Button } from "./Button";
import { DeviceChoice } from "./DeviceChoice";

type Trial = "none" | "playing" | "ask" | "no" | "hearing";
const SOUND_MS = 1500;
const HEAR_MS = 8000;

/** A sound to hear, or oneself. */
export function SpeakerTrial() {
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
    <DeviceChoice kind="speaker" icon="speaker" missing={t("speaker.none")}>
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
    </DeviceChoice>
  );
}
