import type { DeviceKind } from "@/lib/bindings/DeviceKind";
import type { DeviceState } from "@/lib/bindings/DeviceState";
import type { Endpoint } from "@/lib/bindings/Endpoint";
import type { Intent } from "@/lib/bindings/Intent";
import type { RecentClass } from "@/lib/bindings/RecentClass";
import type { Revised } from "@/lib/bindings/Revised";
import type { Settings } from "@/lib/bindings/Settings";
import type { ShareSource } from "@/lib/bindings/ShareSource";
import type { Snapshot } from "@/lib/bindings/Snapshot";

export type { DeviceKind };

/** How to come in, as chosen in the device check; else quietly. */
export interface Manner {
  listenOnly: boolean;
  camera: boolean;
  unmuted: boolean;
}

/** One end of the frame socket: requests as JSON text go out, frames as bytes come in. */
export interface FramePort {
  send(text: string): void;
  onFrame: ((bytes: ArrayBuffer) => void) | null;
  onOpen: (() => void) | null;
  onClosed: (() => void) | null;
  close(): void;
}

/** Everything the window asks of the application. Nothing else in the window talks to the outside. */
export interface Backend {
  snapshot(): Promise<Snapshot>;
  listen(handler: (event: Revised) => void): Promise<() => void>;
  intent(intent: Intent): Promise<void>;

  join(link: string, manner: Manner | null): Promise<void>;
  joinPractice(manner: Manner | null): Promise<void>;
  /** False when its link is not known any more. */
  rejoinClass(id: string, manner: Manner | null): Promise<boolean>;
  leaveEnded(): Promise<void>;
  recentClasses(): Promise<RecentClass[]>;
  forgetClass(id: string): Promise<void>;
  setSettings(settings: Settings): Promise<void>;

  devices(): Promise<DeviceState>;
  chooseDevice(kind: DeviceKind, id: string): Promise<void>;
  /** Opens microphone and speaker before a class, so that levels come. */
  openSound(on: boolean): Promise<void>;
  previewCamera(on: boolean): Promise<void>;
  playTestSound(): Promise<void>;
  hearMyself(): Promise<void>;
  shareSources(): Promise<ShareSource[]>;

  /** Opens outside Préau; only after the person agreed to the whole address. */
  openLink(url: string): Promise<void>;
  /** The system's own setting of a device; false where there is none. */
  openSystemSetting(kind: DeviceKind): Promise<boolean>;
  /** A class link on the clipboard, where the system lets us look. */
  clipboardLink(): Promise<string | null>;

  openFrames(endpoint: Endpoint): FramePort;
}
