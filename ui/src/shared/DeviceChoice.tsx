import type { ReactNode } from "react";
import type { DeviceKind } from "@/lib/backend/Backend";
import type { Device } from "@/lib/bindings/Device";
import type { DeviceTrouble } from "@/lib/bindings/DeviceTrouble";
import { useText } from "@/lib/catalogue/context";
import type { TextKey } from "@/lib/catalogue/text";
import { useApp, useSession } from "@/lib/session/context";
import { SelectField } from "./Choice";
import { Icon, type IconName } from "./icons";
import { SettingLink } from "./SettingLink";

const LISTS = { microphone: "microphones", speaker: "speakers", camera: "cameras" } as const;

/** What stands in place of a device that is there and cannot be used. */
const TROUBLES = {
  microphone: { none: null, gone: null, locked: null, busy: "mic.busy", blocked: "mic.blocked" },
  camera: { none: null, gone: null, locked: null, busy: "cam.busy", blocked: "cam.blocked" },
} as const satisfies Record<string, Record<DeviceTrouble, TextKey | null>>;

function useDevices(kind: DeviceKind): { list: readonly Device[]; chosen: string | null } {
  const devices = useApp((state) => state.devices);
  const list = devices[LISTS[kind]];
  return {
    list,
    chosen: devices[kind] ?? list.find((device) => device.isDefault)?.id ?? list[0]?.id ?? null,
  };
}

/** One kind of device: its choice and what belongs to it, or the sentence that there is none. */
export function DeviceChoice({
  kind,
  icon,
  children,
  missing,
}: {
  kind: DeviceKind;
  icon: IconName;
  children?: ReactNode;
  missing: string;
}) {
  const t = useText();
  const session = useSession();
  const { list, chosen } = useDevices(kind);
  const why = useApp((state) => (kind === "speaker" ? null : state.troubles[kind]));
  const said = kind === "speaker" || why === null ? null : TROUBLES[kind][why];
  const trouble = said ? t(said) : null;
  const blocked = why === "blocked";
  return (
    <div className="device">
      <span className="device-sign">
        <Icon name={icon} />
      </span>
      <div className="grow device-body">
        {list.length === 0 ? (
          <>
            <span className="lab">{t(kind)}</span>
            <p className="error">
              <Icon name="alert" size="s" />
              {missing}
            </p>
          </>
        ) : (
          <>
            <SelectField
              label={t(kind)}
              options={list}
              value={chosen}
              placeholder={t("check.choose")}
              onChange={(id) => session.chooseDevice(kind, id)}
            />
            {trouble ? (
              <p className="error" role="status">
                <Icon name="alert" size="s" />
                <span>
                  {trouble} {blocked ? <SettingLink kind={kind} /> : null}
                </span>
              </p>
            ) : (
              children
            )}
          </>
        )}
      </div>
    </div>
  );
}
