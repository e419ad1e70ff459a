import { type InvokeArgs, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { DeviceState } from "@/lib/bindings/DeviceState";
import type { Endpoint } from "@/lib/bindings/Endpoint";
import type { RecentClass } from "@/lib/bindings/RecentClass";
import type { Revised } from "@/lib/bindings/Revised";
import type { ShareSource } from "@/lib/bindings/ShareSource";
import type { Snapshot } from "@/lib/bindings/Snapshot";
import type { Backend, FramePort } from "./Backend";

const ask = <T>(command: string, args?: InvokeArgs) => invoke<T>(command, args);

/** The real application: commands, one stream of events, and the loopback socket for frames. */
export const tauriBackend: Backend = {
  snapshot: () => ask<Snapshot>("snapshot"),
  listen: (handler) => listen<Revised>("preau://event", (event) => handler(event.payload)),
  intent: (intent) => ask("intent", { intent }),

  join: (link, manner) => ask("join", { link, manner }),
  joinPractice: (manner) => ask("join_practice", { manner }),
  rejoinClass: (id, manner) => ask<boolean>("rejoin_class", { id, manner }),
  leaveEnded: () => ask("leave_ended"),
  recentClasses: () => ask<RecentClass[]>("recent_classes"),
  forgetClass: (id) => ask("forget_class", { id }),
  setSettings: (settings) => ask("set_settings", { settings }),

  devices: () => ask<DeviceState>("devices"),
  chooseDevice: (kind, id) => ask("choose_device", { kind, id }),
  openSound: (on) => ask("use_sound", { on }),
  previewCamera: (on) => ask("preview_camera", { on }),
  playTestSound: () => ask("play_test_sound"),
  hearMyself: () => ask("hear_myself"),
  shareSources: () => ask<ShareSource[]>("screen_sources"),

  openLink: (url) => ask("open_link", { url }),
  openSystemSetting: (kind) => ask<boolean>("open_system_setting", { kind }),
  clipboardLink: () => ask<string | null>("clipboard_link"),

  openFrames: openSocket,
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
