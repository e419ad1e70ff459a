import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { togglePanel, useRoom, useRoomStore } from "../model/room";
import { tabOf } from "../regions";
import { Control } from "./Control";

/** At the right: the panels. The same button closes what it opened. */
export function PanelTabs() {
  const t = useText();
  const room = useRoomStore();
  const panel = useRoom((now) => now.panel);
  const hands = useClass((view) => view.people.hands.length);
  const unread = useClass((view) => view.chat.unread);
  const mayChat = useClass((view) => view.me.may.chat);
  return (
    <nav className="tabs" aria-label={t("class.panels")}>
      <Control
        id={tabOf("people")}
        icon="people"
        word={t("people")}
        tip={`${t("people")} · Ctrl+1`}
        tone="tab"
        pressed={panel === "people"}
        badge={
          hands > 0 ? (
            <span className="num hand" role="img" aria-label={t("people.hands", { n: hands })}>
              {hands}
            </span>
          ) : null
        }
        onPress={() => room.set(togglePanel("people"))}
      />
      {mayChat || panel === "chat" ? (
        <Control
          id={tabOf("chat")}
          icon="chat"
          word={t("chat")}
          tip={`${t("chat")} · Ctrl+2`}
          tone="tab"
          pressed={panel === "chat"}
          badge={
            unread > 0 && panel !== "chat" ? (
              <span className="num" role="img" aria-label={t("chat.unread", { n: unread })}>
                {unread > 99 ? "99+" : unread}
              </span>
            ) : null
          }
          onPress={() => room.set(togglePanel("chat"))}
        />
      ) : null}
    </nav>
  );
}
