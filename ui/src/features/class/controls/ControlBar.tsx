import { Fragment, type ReactElement } from "react";
import { Toolbar } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useApp } from "@/lib/session/context";
import { type ControlId, controlGroups } from "../model/controls";
import { CameraControl } from "./CameraControl";
import { MicrophoneControl } from "./MicrophoneControl";
import { MoreControl } from "./MoreControl";
import { PanelTabs } from "./PanelTabs";
import { Status } from "./Status";
import { HandControl, LeaveControl, ShareControl } from "./simple";

const CONTROLS: Record<ControlId, () => ReactElement> = {
  microphone: MicrophoneControl,
  camera: CameraControl,
  share: ShareControl,
  hand: HandControl,
  more: MoreControl,
  leave: LeaveControl,
};

/** Centred on the window, whatever is open beside it. */
export function ControlBar() {
  const t = useText();
  const groups = useApp((state) => JSON.stringify(controlGroups(state.view)));
  const shown = JSON.parse(groups) as ControlId[][];
  return (
    <footer className="bottom" data-region="controls">
      <Status />
      <Toolbar className="controls" aria-label={t("class.controls")}>
        <div className="main">
          {shown.map((group, index) => (
            <Fragment key={group[0]}>
              {index > 0 ? <span className="rule" aria-hidden="true" /> : null}
              {group.map((id) => {
                const Shown = CONTROLS[id];
                return <Shown key={id} />;
              })}
            </Fragment>
          ))}
        </div>
        <PanelTabs />
      </Toolbar>
    </footer>
  );
}
