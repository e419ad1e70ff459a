import { useEffect, useState } from "react";
import type { LinkState } from "@/lib/bindings/LinkState";
import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { useVoice } from "@/shared/Announcer";
import { Icon } from "@/shared/icons";
import { NetBars, type NetDegree } from "@/shared/Pieces";

const LINKS = {
  good: { degree: "good", name: "net.good", word: null },
  strained: { degree: "strained", name: "net.strainedName", word: "net.strainedWord" },
  connecting: { degree: "weak", name: "net.connecting", word: "net.connecting" },
  lost: { degree: "lost", name: "net.lostName", word: "net.lostWord" },
} as const satisfies Record<LinkState, { degree: NetDegree; name: string; word: string | null }>;

/** Bottom left: time left and the connection, as it truly is. */
export function Status() {
  const t = useText();
  const link = useClass((view) => view.link.state);
  const look = LINKS[link];
  return (
    <div className="status">
      <TimeLeft />
      <span className={`status-net ${link}`}>
        <NetBars degree={look.degree} name={t(look.name)} />
        {look.word ? <span aria-hidden="true">{t(look.word)}</span> : null}
      </span>
    </div>
  );
}

const MINUTE = 60_000;

function TimeLeft() {
  const t = useText();
  const voice = useVoice();
  const endsAt = useClass((view) => view.info.endsAt);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  const minutes = endsAt === null ? null : Math.max(0, Math.ceil((endsAt - now) / MINUTE));
  const closing = minutes !== null && minutes <= 5;
  useEffect(() => {
    if (closing) voice.say("polite", { kind: "time", text: t("time.five") });
  }, [closing, t, voice]);
  if (minutes === null) return null;
  return (
    <span
      className={closing ? "time closing" : "time"}
      role="timer"
      aria-label={t("class.timeLeftName", { n: minutes })}
    >
      <Icon name="clock" size="s" />
      {t("class.timeLeft", { n: minutes })}
    </span>
  );
}
