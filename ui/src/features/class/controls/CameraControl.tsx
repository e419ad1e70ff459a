import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { cameraLook } from "../model/controls";
import { useActions } from "../useActions";
import { SplitControl } from "./Control";
import { DeviceMenu } from "./DeviceMenu";

export function CameraControl() {
  const t = useText();
  const actions = useActions();
  const look = useClass((view) => cameraLook(view.camera.state));
  return (
    <SplitControl
      icon={look === "off" ? "cameraOff" : "camera"}
      word={t("control.camera")}
      tip={`${look === "off" ? t("control.cameraOn") : t("control.cameraOff")} · Ctrl+E`}
      pressed={look === "on"}
      pending={look === "pending"}
      onPress={actions.toggleCamera}
      menuName={t("control.cameraMenu")}
      menu={<DeviceMenu kinds={["camera"]} />}
    />
  );
}
