import type { CameraState } from "@/lib/bindings/CameraState";
import type { ClassView } from "@/lib/view/classView";

export type ControlId = "microphone" | "camera" | "share" | "hand" | "more" | "leave";

/** The control bar, in its groups. What one may not do is not there; a locked microphone stays, struck. */
export function controlGroups(view: ClassView): readonly (readonly ControlId[])[] {
  const { role, may } = view.me;
  const sharing = view.share.kind === "mine" || view.share.kind === "starting";
  const middle: ControlId[] = [];
  if (role === "pupil") middle.push("hand");
  if (may.share || sharing) middle.push("share");
  middle.push("more");
  const devices: ControlId[] = ["microphone"];
  if (may.camera || view.camera.state !== "off") devices.push("camera");
  return [devices, middle, ["leave"]];
}

export type MicrophoneLook =
  | { kind: "locked" }
  | { kind: "listening" }
  | { kind: "pending"; to: "open" | "muted" | "joining" }
  | { kind: "muted" }
  | { kind: "open" };

/** State shown is the server's; what was only asked for is pending. */
export function microphoneLook({ sound }: ClassView): MicrophoneLook {
  if (sound.locked) return { kind: "locked" };
  if (sound.state === "joining" || sound.state === "lost") return { kind: "pending", to: "joining" };
  if (sound.listenOnly || sound.state === "off") return { kind: "listening" };
  if (sound.pending !== null && sound.pending !== sound.muted) {
    return { kind: "pending", to: sound.pending ? "muted" : "open" };
  }
  return { kind: sound.muted ? "muted" : "open" };
}

export type CameraLook = "on" | "off" | "pending";

export const cameraLook = (state: CameraState): CameraLook =>
  state === "on" ? "on" : state === "off" ? "off" : "pending";
