import { useEffect, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useClass, useSession } from "@/lib/session/context";
import { useVoice } from "@/shared/Announcer";
import { Button, IconButton } from "@/shared/Button";
import { NoticeLine } from "@/shared/Pieces";
import { SettingLink } from "@/shared/SettingLink";
import { useRoom, useRoomStore } from "../model/room";
import { offersContent } from "../model/stage";
import { noticeSentence } from "./noticeText";

/** One sentence at a time above the stage, pushing it; the connection goes before all others. */
export function NoticeBar() {
  const t = useText();
  const lost = useClass((view) => view.link.state === "lost");
  const share = useClass((view) => view.share);
  const offers = useRoom((room) => offersContent(room.choice, room.sharedSince));
  return (
    <section className="notices" data-region="notice" aria-label={t("class.noticeRegion")}>
      {lost ? (
        <LostNotice />
      ) : offers && share.kind === "theirs" ? (
        <ShareOffer name={share.name} />
      ) : (
        <LatestNotice />
      )}
    </section>
  );
}

const LONG_MS = 60_000;
const RETRY_AFTER_MS = 5000;

function LostNotice() {
  const t = useText();
  const session = useSession();
  const since = useClass((view) => view.link.lostSince);
  const waiting = useClass(
    (view) => view.chat.messages.filter((message) => message.state === "queued").length,
  );
  const [opened] = useState(() => Date.now());
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const passed = Math.max(0, now - (since ?? opened));
  const seconds = Math.round(passed / 1000);
  const text =
    passed > LONG_MS
      ? t("net.long")
      : waiting > 0
        ? t("net.reconnectingWith", { s: seconds, n: waiting })
        : t("net.reconnecting", { n: seconds });
  return (
    <NoticeLine
      look="warn"
      actions={
        passed >= RETRY_AFTER_MS ? (
          <Button size="dense" onPress={() => session.intent({ kind: "retry" })}>
            {t("retry")}
          </Button>
        ) : null
      }
    >
      {text}
    </NoticeLine>
  );
}

function ShareOffer({ name }: { name: string }) {
  const t = useText();
  const room = useRoomStore();
  const choose = (layout: "both" | "faces") =>
    room.set((now) => ({ ...now, choice: { layout, at: Date.now() }, pinned: [] }));
  return (
    <NoticeLine
      look="info"
      actions={
        <>
          <Button size="dense" onPress={() => choose("both")}>
            {t("stage.see")}
          </Button>
          <IconButton name={t("close")} icon="close" onPress={() => choose("faces")} />
        </>
      }
    >
      {t("stage.seeShare", { name })}
    </NoticeLine>
  );
}

function LatestNotice() {
  const t = useText();
  const voice = useVoice();
  const room = useRoomStore();
  const seen = useRoom((now) => now.noticesSeen);
  const notices = useClass((view) => view.notices);
  const shown = notices.findLast((each) => each.id > seen && each.notice.key !== "speakingMuted");
  const sentence = shown ? noticeSentence(shown.notice, t) : null;
  const id = shown?.id ?? 0;
  const lasts = sentence?.lasts ?? null;
  const text = sentence?.text ?? null;
  const urgent = shown?.notice.key === "mutedByTeacher";

  useEffect(() => {
    if (lasts === null) return;
    const timer = setTimeout(
      () => room.set((now) => ({ ...now, noticesSeen: Math.max(now.noticesSeen, id) })),
      lasts,
    );
    return () => clearTimeout(timer);
  }, [room, id, lasts]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: said once for each notice, not again in another language
  useEffect(() => {
    if (text !== null) voice.say(urgent ? "assertive" : "polite", { kind: "notice", text });
  }, [voice, id]);

  if (!sentence) return null;
  return (
    <NoticeLine
      look={sentence.look}
      actions={
        <>
          {sentence.setting ? <SettingLink kind={sentence.setting} /> : null}
          <IconButton
            name={t("close")}
            icon="close"
            onPress={() => room.set((now) => ({ ...now, noticesSeen: id }))}
          />
        </>
      }
    >
      {sentence.text} {sentence.code ? <span className="code">{sentence.code}</span> : null}
    </NoticeLine>
  );
}
