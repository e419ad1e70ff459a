import { type InvokeArgs, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Intent } from "@/lib/bindings/Intent";
import type {
  Backend,
  DeviceKind,
  DeviceState,
  Endpoint,
  FramePort,
  NumberedEvent,
  RecentClass,
  ScreenSource,
  Settings,
  Snapshot,
} from "./Backend";

const ask = <T>(command: string, args?: InvokeArgs) => invoke<T>(command, args);

/** The real application: commands, one stream of events, and the loopback socket for frames. */
export const tauriBackend: Backend = {
  snapshot: () => ask<Snapshot>("snapshot"),
  listen: (handler) => listen<NumberedEvent>("preau://event", (event) => handler(event.payload)),
  intent: (intent: Intent) => ask("intent", { intent }),

  join: (link: string, name: string) => ask("join", { link, name }),
  joinPractice: () => ask("join_practice"),
  leaveEnded: () => ask("leave_ended"),
  recentClasses: () => ask<RecentClass[]>("recent_classes"),
  forgetClass: (id: string) => ask("forget_class", { id }),
  rejoinClass: (id: string) => ask("rejoin_class", { id }),
  setSettings: (settings: Settings) => ask("set_settings", { settings }),

  devices: () => ask<DeviceState>("devices"),
  chooseDevice: (kind: DeviceKind, id: string) => ask("choose_device", { kind, id }),
  openSound: (on: boolean) => ask("use_sound", { on }),
  previewCamera: (on: boolean) => ask("preview_camera", { on }),
  playTestSound: () => ask("play_test_sound"),
  hearMyself: () => ask("hear_myself"),
  screenSources: () => ask<ScreenSource[]>("screen_sources"),
  listenOnly: (on: boolean) => ask("listen_only", { on }),
  setHold: (held: boolean) => ask("set_hold", { held }),

  openLink: (url: string) => ask("open_link", { url }),
  clipboardLink: () => ask<string | null>("clipboard_link"),
  quit: () => ask("quit"),

  openFrames: (endpoint: Endpoint) => openSocket(endpoint),
};

function openSocket(endpoint: Endpoint): FramePort {
  const separator = endpoint.url.includes("?") ? "&" : "?";
  const socket = new WebSocket(`${endpoint.url}${separator}token=${encodeURIComponent(endpoint.token)}`);
  socket.binaryType = "arraybuffer";
  const port: FramePort = {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    onFrame: null,
    onOpen: null,
    onClosed: null,
    close: () => socket.close(),
  };
  socket.onopen = () => port.onOpen?.();
  socket.onclose = () => port.onClosed?.();
  socket.onmessage = (message: MessageEvent<unknown>) => {
    if (message.data instanceof ArrayBuffer) port.onFrame?.(message.data);
  };
  return port;
}
