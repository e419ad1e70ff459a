import { Button as AriaButton, Toolbar } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { Button, IconButton, Tipped } from "@/shared/Button";
import { Segmented } from "@/shared/Choice";
import { Icon } from "@/shared/icons";
import { toggleFullScreen } from "../fullScreen";
import { showDialog, togglePanel, useRoom, useRoomStore } from "../model/room";
import { layoutName } from "../model/stage";
import { useActions } from "../useActions";

export function TopBar() {
  const t = useText();
  const room = useRoomStore();
  const info = useClass((view) => view.info);
  const total = useClass((view) => view.people.total);
  return (
    <header className="top" data-region="top">
      <h1>
        <Tipped text={t("details.title")}>
          <AriaButton className="cut" onPress={() => room.set(showDialog({ kind: "details" }))}>
            {info.name}
          </AriaButton>
        </Tipped>
      </h1>
      <span className="top-facts">
        {info.practice ? <span className="tag">{t("class.practice")}</span> : null}
        {total > 0 ? <span className="faint small top-count">{t("class.people", { n: total })}</span> : null}
        {info.recording ? (
          <span className="chip bad">
            <Icon name="record" size="xs" />
            {t("class.recording")}
          </span>
        ) : null}
      </span>
      <Toolbar className="top-tools" aria-label={t("class.top")}>
        <Presenting />
        <span className="grow" />
        <HandsQueue />
        <LayoutSwitcher />
        <IconButton name={t("class.fullScreen")} icon="fullScreen" onPress={toggleFullScreen} />
      </Toolbar>
    </header>
  );
}

function Presenting() {
  const t = useText();
  const actions = useActions();
  const mine = useClass((view) => view.share.kind === "mine");
  if (!mine) return null;
  return (
    <>
      <span className="chip good">
        <Icon name="share" size="xs" />
        {t("class.presenting")}
      </span>
      <Button look="danger-quiet" size="dense" onPress={actions.stopSharing}>
        {t("share.stop")}
      </Button>
    </>
  );
}

/** Amber, while the people panel is closed and I may act on hands. */
function HandsQueue() {
  const t = useText();
  const room = useRoomStore();
  const open = useRoom((now) => now.panel === "people");
  const hands = useClass((view) => view.people.hands);
  const me = useClass((view) => view.me);
  const actions = useActions();
  if (open || !me.may.lowerHands || hands.length === 0) return null;
  const next = hands.find((hand) => hand.user !== me.user);
  const names = hands
    .slice(0, 3)
    .map((hand) => hand.name)
    .join(", ");
  return (
    <>
      <AriaButton
        className="queue"
        aria-label={t("class.handsQueue", { n: hands.length, names })}
        onPress={() => room.set(togglePanel("people"))}
      >
        <span className="chip hand">
          <Icon name="hand" size="s" />
          {hands.length}
        </span>
        <span className="small cut">{names}</span>
      </AriaButton>
      {next ? (
        <Tipped text="Ctrl+Shift+H">
          <Button
            className="queue-next"
            look="soft"
            size="dense"
            onPress={() => actions.giveFloor(next.user)}
          >
            {t("hand.next", { name: next.name })}
          </Button>
        </Tipped>
      ) : null}
    </>
  );
}

function LayoutSwitcher() {
  const t = useText();
  const value = useRoom((now) => layoutName(now.choice, now.sharedSince));
  const actions = useActions();
  return (
    <Segmented
      icons
      label={t("class.layout")}
      value={value}
      onChange={actions.chooseLayout}
      options={[
        { id: "both", name: t("layout.both"), icon: "layoutBoth" },
        { id: "faces", name: t("layout.faces"), icon: "layoutFaces" },
        { id: "content", name: t("layout.content"), icon: "layoutContent" },
      ]}
    />
  );
}
