import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useLocale } from "@/lib/catalogue/context";
import { dayName, span } from "@/lib/catalogue/when";
import { useClass, useSession } from "@/lib/session/context";
import { Button, IconButton } from "@/shared/Button";
import { chatRows } from "../model/chatRows";
import { useRoomStore } from "../model/room";
import { closePanel } from "../regions";
import { ChatMessage } from "./ChatMessage";
import { Composer } from "./Composer";

const AT_END = 40;

export function ChatPanel() {
  const { text: t, language } = useLocale();
  const session = useSession();
  const room = useRoomStore();
  const chat = useClass((view) => view.chat);
  const mayWrite = useClass((view) => view.me.may.chat);
  const rows = useMemo(() => chatRows(chat.messages, chat.away), [chat.messages, chat.away]);
  const list = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [seen, setSeen] = useState(chat.messages.length);
  const height = useRef({ oldest: "", was: 0 });
  const last = chat.messages.at(-1)?.id;

  // Newest at the bottom stays in sight; older ones put in above do not move what is read.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after every change of the list
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const oldest = chat.messages[0]?.id ?? "";
    if (atEnd) element.scrollTop = element.scrollHeight;
    else if (oldest !== height.current.oldest) element.scrollTop += element.scrollHeight - height.current.was;
    height.current = { oldest, was: element.scrollHeight };
  }, [rows]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last message is seen when it is in sight
  useEffect(() => {
    if (!atEnd) return;
    setSeen(chat.messages.length);
    if (chat.unread > 0) session.intent({ kind: "sawChat" });
  }, [atEnd, last, chat.unread]);

  const fresh = Math.max(0, chat.messages.length - seen);
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  return (
    <aside className="panel card" aria-label={t("chat")} data-region="panel">
      <header>
        <h2 className="grow">{t("chat")}</h2>
        <IconButton name={t("close")} icon="close" onPress={() => closePanel(room)} />
      </header>
      <div
        ref={list}
        className="messages selectable"
        role="log"
        aria-live="off"
        aria-label={t("chat")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows scroll the messages
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          setAtEnd(scrollHeight - scrollTop - clientHeight < AT_END);
        }}
      >
        <span className="messages-rest" />
        {chat.hasOlder ? (
          <Button look="link" onPress={() => session.intent({ kind: "olderChat" })}>
            {t("chat.older")}
          </Button>
        ) : null}
        {rows.length === 0 ? <p className="panel-empty">{t("chat.empty")}</p> : null}
        {rows.map((row) =>
          row.kind === "day" ? (
            <p key={row.id} className="day">
              {dayName(language, row.at)}
            </p>
          ) : row.kind === "away" ? (
            <p key={row.id} className="day new">
              {t("net.away", { time: span(t, row.seconds) })}
            </p>
          ) : (
            <ChatMessage key={row.id} message={row.message} head={row.head} />
          ),
        )}
      </div>
      {!atEnd && fresh > 0 ? (
        <Button className="new-messages" look="primary" size="dense" icon="down" onPress={toEnd}>
          {t("chat.new", { n: fresh })}
        </Button>
      ) : null}
      <p className="typing small faint" aria-hidden="true">
        {chat.typing.length > 0
          ? t("chat.typing", { n: chat.typing.length, names: chat.typing.join(", ") })
          : ""}
      </p>
      {mayWrite ? <Composer /> : <p className="panel-empty">{t("chat.off")}</p>}
    </aside>
  );
}
