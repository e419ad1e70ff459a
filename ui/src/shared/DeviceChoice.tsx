import type { ReactNode } from "react";
import type { DeviceKind } from "@/lib/backend/Backend";
import type { Device } from "@/lib/bindings/Device";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { SelectField } from "./Choice";
import { Icon, type IconName } from "./icons";

const LISTS = { microphone: "microphones", speaker: "speakers", camera: "cameras" } as const;

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
            {children}
          </>
        )}
      </div>
    </div>
  );
}
