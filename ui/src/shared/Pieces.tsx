import type { ReactNode } from "react";
import { Meter } from "react-aria-components";
import { Icon, type IconName } from "./icons";
import { STEPS } from "./level";

export function Avatar({ letters, tint }: { letters: string; tint: number }) {
  return (
    <span className={`ava a${tint}`} aria-hidden="true">
      {letters}
    </span>
  );
}

/** Moving bars of somebody who speaks; still, so that thirty of them cost nothing. */
export function SpeakingBars() {
  return (
    <span className="bars" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

export type NetDegree = "good" | "strained" | "weak" | "lost";
const FILLED: Record<NetDegree, number> = { good: 3, strained: 2, weak: 1, lost: 0 };

export function NetBars({ degree, name }: { degree: NetDegree; name: string }) {
  if (degree === "lost") {
    return (
      <svg className="i s" viewBox="0 0 24 24" role="img" aria-label={name}>
        <path d="M4 20v-4.5M11 20V10M18 20V4M3.5 3.5l17 17" />
      </svg>
    );
  }
  return (
    <span className="net" role="img" aria-label={name}>
      {[0, 1, 2].map((bar) => (
        <i key={bar} className={bar < FILLED[degree] ? "" : "no"} />
      ))}
    </span>
  );
}

export function LevelMeter({ name, lit }: { name: string; lit: number }) {
  return (
    <Meter aria-label={name} value={lit} maxValue={STEPS}>
      <span className="level">
        {Array.from({ length: STEPS }, (_, step) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the steps are positions
          <i key={step} className={step < lit ? "on" : ""} />
        ))}
      </span>
    </Meter>
  );
}

type NoticeLook = "plain" | "info" | "warn" | "bad";
const SIGN: Record<NoticeLook, IconName> = { plain: "check", info: "info", warn: "alert", bad: "alert" };

export function NoticeLine({
  look,
  children,
  actions,
}: {
  look: NoticeLook;
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={`notice ${look}`}>
      <Icon name={SIGN[look]} />
      <span className="grow">{children}</span>
      {actions}
    </div>
  );
}
