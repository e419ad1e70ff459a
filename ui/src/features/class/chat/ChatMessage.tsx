import { memo } from "react";
import type { Message } from "@/lib/bindings/Message";
import { useLocale } from "@/lib/catalogue/context";
import { clockTime } from "@/lib/catalogue/when";
import { useSession } from "@/lib/session/context";
import { Button } from "@/shared/Button";
import { Icon } from "@/shared/icons";
import { Avatar } from "@/shared/Pieces";
import { textParts } from "../model/chatRows";
import { showDialog, useRoomStore } from "../model/room";
import { initials, tint } from "../model/someone";

/** A message, as plain text. Its addresses are buttons that ask first. */
export const ChatMessage = memo(function ChatMessage({ message, head }: { message: Message; head: boolean }) {
  const { text: t, language } = useLocale();
  const session = useSession();
  const { state } = message;
  return (
    <article
      className={`msg${head ? "" : " more"}${state === "queued" || state === "failed" ? " waits" : ""}`}
    >
      {head ? <Avatar letters={initials(message.name)} tint={tint(message.user)} /> : null}
      {head ? (
        <p className="who">
          <span className="cut" title={message.name}>
            {message.mine ? t("you") : message.name}
          </span>
          {message.role === "teacher" && !message.mine ? <span className="tag">{t("teacher")}</span> : null}
          <time dateTime={new Date(message.at).toISOString()}>{clockTime(language, message.at)}</time>
        </p>
      ) : null}
      <p className={state === "deleted" ? "said faint" : "said"}>
        {state === "deleted" ? t("chat.deleted") : <Said text={message.text} />}
      </p>
      {state === "queued" ? (
        <p className="msg-state">
          <Icon name="clock" size="xs" />
          {t("chat.queued")}
        </p>
      ) : null}
      {state === "failed" ? (
        <p className="msg-state bad">
          <Icon name="alert" size="xs" />
          {t("chat.failed")}
          <Button look="link" onPress={() => session.intent({ kind: "resendChat", localId: message.id })}>
            {t("retry")}
          </Button>
        </p>
      ) : null}
    </article>
  );
});

function Said({ text }: { text: string }) {
  const room = useRoomStore();
  return (
    <>
      {textParts(text).map((part, index) =>
        part.kind === "text" ? (
          part.text
        ) : (
          <Button
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
            key={index}
            look="link"
            className="address"
            onPress={() => room.set(showDialog({ kind: "link", url: part.url }))}
          >
            {part.url}
          </Button>
        ),
      )}
    </>
  );
}
