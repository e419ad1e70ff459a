import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useClass, useSession } from "@/lib/session/context";
import { Icon } from "@/shared/icons";
import { toggleFullScreen } from "../fullScreen";
import { showDialog, useRoomStore } from "../model/room";
import { useActions } from "../useActions";

/** Less used things. A teacher's own hand is here; a pupil's has its control. */
export function MoreControl() {
  const t = useText();
  const session = useSession();
  const actions = useActions();
  const room = useRoomStore();
  const me = useClass((view) => view.me);
  const run: Record<string, () => void> = {
    hand: actions.toggleHand,
    muteAll: actions.muteAll,
    find: () => room.set(showDialog({ kind: "find" })),
    fullScreen: toggleFullScreen,
    devices: () => session.showSettings("devices"),
    settings: () => session.showSettings("general"),
    shortcuts: () => session.showSettings("shortcuts"),
  };
  return (
    <MenuTrigger>
      <AriaButton className="ctl plain">
        <span className="p">
          <Icon name="more" />
        </span>
        <span className="word">{t("control.more")}</span>
      </AriaButton>
      <Popover className="popover" placement="top">
        <Menu className="menu" onAction={(key) => run[String(key)]?.()}>
          {me.role === "teacher" ? (
            <MenuItem id="hand" className="option">
              <Icon name="hand" size="s" />
              <span className="grow">{me.hand === null ? t("control.raise") : t("control.lower")}</span>
              <kbd>Ctrl+H</kbd>
            </MenuItem>
          ) : null}
          {me.may.muteOthers ? (
            <MenuItem id="muteAll" className="option">
              <Icon name="microphoneOff" size="s" />
              <span className="grow">{t("control.muteAll")}</span>
              <kbd>Ctrl+Shift+M</kbd>
            </MenuItem>
          ) : null}
          <MenuItem id="find" className="option">
            <Icon name="search" size="s" />
            <span className="grow">{t("find.title")}</span>
            <kbd>Ctrl+K</kbd>
          </MenuItem>
          <MenuItem id="fullScreen" className="option">
            <Icon name="fullScreen" size="s" />
            <span className="grow">{t("class.fullScreen")}</span>
            <kbd>F11</kbd>
          </MenuItem>
          <Separator className="separator" />
          <MenuItem id="devices" className="option">
            <Icon name="headset" size="s" />
            {t("soundAndCamera")}
          </MenuItem>
          <MenuItem id="settings" className="option">
            <Icon name="settings" size="s" />
            {t("settings")}
          </MenuItem>
          <MenuItem id="shortcuts" className="option">
            <Icon name="keyboard" size="s" />
            <span className="grow">{t("control.shortcuts")}</span>
            <kbd>Ctrl+/</kbd>
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
