import { useEffect, useState } from "react";
import "@/shared/devices.css";
import { useText } from "@/lib/catalogue/context";
import { useApp, useClass, useSession } from "@/lib/session/context";
import { Button } from "@/shared/Button";
import { Head } from "@/shared/Head";
import { Icon } from "@/shared/icons";
import { Video } from "@/shared/Video";

const LONG_MS = 60_000;

/** Nothing to do here: it enters by itself. */
export function Waiting({ position, message }: { position: number | null; message: string | null }) {
  const t = useText();
  const session = useSession();
  const name = useClass((view) => view.info.name);
  const hasCamera = useApp((state) => state.devices.cameras.length > 0);
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (!hasCamera) return;
    void session.backend.previewCamera(true).catch(() => {});
    return () => {
      void session.backend.previewCamera(false).catch(() => {});
    };
  }, [session, hasCamera]);
  return (
    <div className="page">
      <Head />
      <main className="entry">
        <section className="card entry-card">
          <span className="chip">
            <Icon name="clock" size="xs" />
            {t("wait.title")}
          </span>
          <h1>{name || t("join.title")}</h1>
          {hasCamera ? (
            <div className="preview">
              <Video source={{ kind: "own" }} fit="cover" mirror name={t("check.preview")} />
            </div>
          ) : null}
          <p role="status">
            {long ? t("wait.long") : t("join.waiting")}
            {position !== null ? ` ${t("wait.place", { n: position })}` : ""}
          </p>
          {message ? (
            <blockquote className="wait-message selectable">
              <span className="small faint">{t("wait.message")}</span>
              <p>{message}</p>
            </blockquote>
          ) : null}
          <Button
            onPress={() => {
              session.intent({ kind: "leave" });
              session.goHome();
            }}
          >
            {t("leave")}
          </Button>
        </section>
      </main>
    </div>
  );
}
