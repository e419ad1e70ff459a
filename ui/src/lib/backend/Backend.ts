import type { Change } from "@/lib/bindings/Change";
import type { Intent } from "@/lib/bindings/Intent";

/** Where the window starts. */
export type Screen = "home" | "deviceCheck" | "class";

export interface Settings {
  language: "system" | "fr" | "en";
  theme: "system" | "light" | "dark";
  /** Percent, 100 to 200. */
  textScale: number;
  /** Shown to the class when the link does not carry a name. */
  name: string;
  deviceCheckDone: boolean;
}

export interface Device {
  id: string;
  name: string;
  isDefault: boolean;
}

export interface DeviceState {
  microphones: Device[];
  speakers: Device[];
  cameras: Device[];
  microphone: string | null;
  speaker: string | null;
  camera: string | null;
}

export type DeviceKind = "microphone" | "speaker" | "camera";

export interface RecentClass {
  id: string;
  name: string;
  where: string;
  link?: string | null;
  /** Unix milliseconds. */
  lastUsed: number;
}

export interface ScreenSource {
  id: string;
  title: string;
  kind: "screen" | "window";
  width: number;
  height: number;
}

export interface Endpoint {
  url: string;
  token: string;
}

export interface Snapshot {
  rev: number;
  view: Change[];
  screen: Screen;
  settings: Settings;
  endpoint: Endpoint;
}

export type AppEvent =
  | { kind: "change"; change: Change }
  | { kind: "devices"; devices: DeviceState }
  | { kind: "level"; micDb: number; speaking: boolean }
  | { kind: "joined" }
  | { kind: "left" };

export interface NumberedEvent {
  rev: number;
  event: AppEvent;
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
  listen(handler: (event: NumberedEvent) => void): Promise<() => void>;
  intent(intent: Intent): Promise<void>;

  join(link: string, name: string): Promise<void>;
  joinPractice(): Promise<void>;
  leaveEnded(): Promise<void>;
  recentClasses(): Promise<RecentClass[]>;
  forgetClass(id: string): Promise<void>;
  rejoinClass(id: string): Promise<void>;
  setSettings(settings: Settings): Promise<void>;

  devices(): Promise<DeviceState>;
  chooseDevice(kind: DeviceKind, id: string): Promise<void>;
  openSound(on: boolean): Promise<void>;
  previewCamera(on: boolean): Promise<void>;
  playTestSound(): Promise<void>;
  hearMyself(): Promise<void>;
  screenSources(): Promise<ScreenSource[]>;
  listenOnly(on: boolean): Promise<void>;
  setHold(held: boolean): Promise<void>;

  /** Opens outside Préau; only after the person agreed to the whole address. */
  openLink(url: string): Promise<void>;
  clipboardLink(): Promise<string | null>;
  quit(): Promise<void>;

  openFrames(endpoint: Endpoint): FramePort;
}
