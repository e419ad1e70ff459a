import { Header, Menu, MenuItem, MenuSection, Separator } from "react-aria-components";
import type { DeviceKind } from "@/lib/backend/Backend";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { useStore } from "@/lib/util/store";
import { Icon } from "@/shared/icons";
import { litSteps } from "@/shared/level";
import { LevelMeter } from "@/shared/Pieces";
import { useActions } from "../useActions";

const LISTS = { microphone: "microphones", speaker: "speakers", camera: "cameras" } as const;
const EMPTY = { microphone: "mic.none", speaker: "speaker.none", camera: "cam.none" } as const;

/** The devices of a control, the level where it is a microphone, and listening only. */
export function DeviceMenu({ kinds }: { kinds: readonly DeviceKind[] }) {
  const t = useText();
  const session = useSession();
  const actions = useActions();
  const devices = useApp((state) => state.devices);
  const sound = useApp((state) => state.view.sound);
  const withSound = kinds.includes("microphone");
  return (
    <>
      {withSound ? <Level /> : null}
      <Menu
        className="menu"
        aria-label={t(withSound ? "control.micMenu" : "control.cameraMenu")}
        onAction={(key) => {
          if (key === "listen") actions.toggleListening();
          else if (key === "check") session.showSettings("devices");
        }}
      >
        {kinds.map((kind) => {
          const list = devices[LISTS[kind]];
          const chosen = devices[kind] ?? list.find((device) => device.isDefault)?.id;
          return (
            <MenuSection
              key={kind}
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={chosen === undefined ? [] : [`${kind}:${chosen}`]}
              onSelectionChange={(keys) => {
                const [key] = keys;
                if (key !== undefined) session.chooseDevice(kind, String(key).slice(kind.length + 1));
              }}
            >
              <Header className="head">{t(kind)}</Header>
              {list.length === 0 ? (
                <MenuItem id={`${kind}:`} className="option muted" isDisabled>
                  {t(EMPTY[kind])}
                </MenuItem>
              ) : (
                list.map((device) => (
                  <MenuItem
                    key={device.id}
                    id={`${kind}:${device.id}`}
                    className="option"
                    textValue={device.name}
                  >
                    <span className="tick">
                      <Icon name="check" size="xs" />
                    </span>
                    <span className="grow">{device.name}</span>
                  </MenuItem>
                ))
              )}
            </MenuSection>
          );
        })}
        <Separator className="separator" />
        {withSound ? (
          <MenuItem id="listen" className="option">
            <Icon name={sound.listenOnly ? "microphone" : "headset"} size="s" />
            {sound.listenOnly ? t("control.joinSound") : t("check.listen")}
          </MenuItem>
        ) : null}
        <MenuItem id="check" className="option">
          <Icon name="settings" size="s" />
          {t("soundAndCamera")}
        </MenuItem>
      </Menu>
    </>
  );
}

function Level() {
  const t = useText();
  const session = useSession();
  const lit = useStore(session.level, (level) => litSteps(level.db));
  return (
    <div className="menu-level">
      <LevelMeter name={t("check.level")} lit={lit} />
    </div>
  );
}
