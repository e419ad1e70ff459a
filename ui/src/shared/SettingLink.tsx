import type { DeviceKind } from "@/lib/backend/Backend";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { Button } from "./Button";

/** To the system's own setting of a device, where this system has one. */
export function SettingLink({ kind }: { kind: DeviceKind }) {
  const t = useText();
  const session = useSession();
  const known = useApp((state) => state.systemSettings.includes(kind));
  if (!known) return null;
  return (
    <Button look="link" onPress={() => void session.backend.openSystemSetting(kind).catch(() => {})}>
      {t("device.openSetting")}
    </Button>
  );
}
