import { type KeyboardEvent, useRef } from "react";
import { TextArea, TextField } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useClass, useSession } from "@/lib/session/context";
import { IconButton } from "@/shared/Button";
import { useRoom, useRoomStore } from "../model/room";

const TYPING_EVERY_MS = 3000;

/** Enter sends, Shift+Enter breaks the line. */
export function Composer() {
  const t = useText();
  const session = useSession();
  const limit = useClass((view) => view.info.chatLimit);
  const room = useRoomStore();
  const text = useRoom((now) => now.draft);
  const setText = (draft: string) => room.set((now) => ({ ...now, draft }));
  const typedAt = useRef(Number.NEGATIVE_INFINITY);
  const over = limit > 0 ? [...text].length - limit : 0;

  const send = () => {
    if (text.trim() === "" || over > 0) return;
    session.intent({ kind: "sendChat", text: text.trim() });
    setText("");
    typedAt.current = Number.NEGATIVE_INFINITY;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const write = (next: string) => {
    setText(next);
    const now = performance.now();
    if (next === "" || now - typedAt.current < TYPING_EVERY_MS) return;
    typedAt.current = now;
    session.intent({ kind: "typing" });
  };
  const lines = Math.min(5, text.split("\n").length + Math.floor(text.length / 34));
  return (
    <div className="compose-box">
      {over > 0 ? (
        <p className="error" role="status">
          {t("chat.limit", { n: over })}
        </p>
      ) : null}
      <div className="compose input">
        <TextField
          className="grow"
          aria-label={t("chat.write")}
          value={text}
          onChange={write}
          isInvalid={over > 0}
        >
          <TextArea rows={lines} placeholder={t("chat.write")} onKeyDown={onKeyDown} />
        </TextField>
        <IconButton
          name={t("chat.send")}
          icon="send"
          look="primary"
          isDisabled={text.trim() === "" || over > 0}
          onPress={send}
        />
      </div>
    </div>
  );
}
