import { useEffect, useState } from "react";
import type { JoinStep } from "@/lib/bindings/JoinStep";
import { useText } from "@/lib/catalogue/context";
import { useClass, useSession } from "@/lib/session/context";
import type { Target } from "@/lib/session/state";
import { Button } from "@/shared/Button";
import { Head } from "@/shared/Head";
import { Icon } from "@/shared/icons";
import { NoticeLine } from "@/shared/Pieces";

const STEPS = [
  { step: "link", key: "join.step.link" },
  { step: "server", key: "join.step.server" },
  { step: "control", key: "join.step.control" },
  { step: "entering", key: "join.step.entering" },
] as const satisfies readonly { step: JoinStep; key: string }[];

/** Shown after this long; a quick way in shows nothing. */
const AFTER_MS = 300;

export function Joining({ step, target }: { step: JoinStep; target: Target | null }) {
  const t = useText();
  const session = useSession();
  const known = useClass((view) => view.info.name);
  const lost = useClass((view) => view.link.state === "lost");
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return <div className="page" aria-busy="true" />;
  const now = STEPS.findIndex((each) => each.step === step);
  const name = known || (target?.kind === "recent" ? target.name : "") || t("join.title");
  return (
    <div className="page">
      <Head />
      <main className="entry">
        <section className="card entry-card" aria-busy="true">
          <h1>{name}</h1>
          <ol className="steps">
            {STEPS.map((each, index) => (
              <li
                key={each.step}
                className={index < now ? "done" : index === now ? "now" : "next"}
                aria-current={index === now ? "step" : undefined}
              >
                <span className="step-sign">{index < now ? <Icon name="check" size="s" /> : null}</span>
                {t(each.key)}
              </li>
            ))}
          </ol>
          {lost ? (
            <div className="entry-notice" role="status">
              <NoticeLine look="warn">{t("net.server")}</NoticeLine>
            </div>
          ) : null}
          <Button
            onPress={() => {
              session.intent({ kind: "leave" });
              session.goHome();
            }}
          >
            {t("cancel")}
          </Button>
        </section>
      </main>
    </div>
  );
}
