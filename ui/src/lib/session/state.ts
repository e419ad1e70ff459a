import type { DeviceKind } from "@/lib/bindings/DeviceKind";
import type { DeviceState } from "@/lib/bindings/DeviceState";
import type { DeviceTrouble } from "@/lib/bindings/DeviceTrouble";
import type { EndReason } from "@/lib/bindings/EndReason";
import type { Settings } from "@/lib/bindings/Settings";
import { type ClassView, emptyView } from "@/lib/view/classView";

/** What the person asked to enter. */
export type Target =
  | { kind: "link"; link: string }
  | { kind: "recent"; id: string; name: string }
  | { kind: "practice" };

export type SettingsPage = "general" | "devices" | "shortcuts" | "privacy" | "about";

export type Route =
  | { kind: "starting" }
  | { kind: "home"; link: string; problem: EndReason | null }
  /** Without a target it is only a check. */
  | { kind: "deviceCheck"; target: Target | null }
  | { kind: "class"; target: Target | null };

export interface AppState {
  route: Route;
  settings: Settings;
  devices: DeviceState;
  /** Why microphone and camera cannot be used, if so. */
  troubles: { microphone: DeviceTrouble | null; camera: DeviceTrouble | null };
  /** Devices whose setting of the system can be opened. */
  systemSettings: readonly DeviceKind[];
  view: ClassView;
  /** Was the class entered at all? Tells "could not enter" from "over". */
  entered: boolean;
  version: string;
  /** What the person set in the system, best first. */
  systemLanguages: readonly string[];
  /** The system's keyring is closed: links are forgotten when the window closes. */
  secretsInMemory: boolean;
  /** Settings lie over whatever is shown. */
  settingsPage: SettingsPage | null;
}

export const firstState: AppState = {
  route: { kind: "starting" },
  settings: {
    language: "system",
    theme: "system",
    textScale: 100,
    name: "",
    deviceCheckDone: false,
    microphone: null,
    speaker: null,
    camera: null,
  },
  devices: { microphones: [], speakers: [], cameras: [], microphone: null, speaker: null, camera: null },
  troubles: { microphone: null, camera: null },
  systemSettings: [],
  view: emptyView,
  entered: false,
  version: "",
  systemLanguages: navigator.languages,
  secretsInMemory: false,
  settingsPage: null,
};

export const homeRoute: Route = { kind: "home", link: "", problem: null };
