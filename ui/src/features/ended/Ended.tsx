import type { Stage } from "@/lib/bindings/Stage";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import type { Target } from "@/lib/session/state";
import { Button } from "@/shared/Button";
import { END_TEXT } from "@/shared/endText";
import { Head } from "@/shared/Head";
import "./ended.css";

type End = Extract<Stage, { kind: "ended" }>;

/** One card: what happened, one sentence, at most two buttons, and what could not be sent. */
export function Ended({ end, target }: { end: End; target: Target | null }) {
  const t = useText();
  const session = useSession();
  const entered = useApp((state) => state.entered);
  const name = useApp((state) => state.view.info.name);
  const { key, code } = END_TEXT[end.reason];
  const title =
    end.reason === "left"
      ? t("ended.thanks")
      : entered || OVER.has(end.reason)
        ? t("ended.over")
        : t("ended.couldNot");
  const again = end.rejoin ? () => session.intent({ kind: "rejoin" }) : null;
  const retry =
    !entered && !end.rejoin && target && RETRIED.has(end.reason) ? () => session.open(target) : null;
  return (
    <div className="page">
      <Head />
      <main className="entry">
        <section className="card entry-card ended" aria-live="assertive">
          {name ? <p className="small faint">{name}</p> : null}
          <h1>{title}</h1>
          <p>{t(key)}</p>
          {end.unsent.length > 0 ? <Unsent messages={end.unsent} /> : null}
          <div className="row ended-actions">
            {again ? (
              <Button look="primary" onPress={again}>
                {t("ended.back")}
              </Button>
            ) : null}
            {retry ? (
              <Button look="primary" onPress={retry}>
                {t("retry")}
              </Button>
            ) : null}
            <Button look={again || retry ? "plain" : "primary"} onPress={() => session.goHome()} autoFocus>
              {t("ended.home")}
            </Button>
          </div>
          {code ? <p className="code">{code}</p> : null}
        </section>
      </main>
    </div>
  );
}

/** These only happen to who was in. */
const OVER = new Set<End["reason"]>(["closed", "timeUp", "ejected", "banned", "inactive", "notAllowed"]);

/** What may be different in a moment. */
const RETRIED = new Set<End["reason"]>([
  "unreachable",
  "noNetwork",
  "dns",
  "full",
  "notStarted",
  "unknown",
  "proxy",
]);

function Unsent({ messages }: { messages: readonly string[] }) {
  const t = useText();
  const copy = () => void navigator.clipboard.writeText(messages.join("\n\n")).catch(() => {});
  return (
    <div className="unsent">
      <p className="small">{t("end.unsent", { n: messages.length })}</p>
      <ul className="selectable">
        {messages.map((message, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that no longer changes
          <li key={index}>{message}</li>
        ))}
      </ul>
      <Button size="dense" onPress={copy}>
        {t("ended.copy")}
      </Button>
    </div>
  );
}
