import type { Text } from "@/lib/catalogue/text";
import type { ClassView } from "@/lib/view/classView";
import type { IconName } from "@/shared/icons";
import { cameraLook, microphoneLook } from "./controls";
import { everyoneWithATile } from "./someone";

export type CommandId =
  | "microphone"
  | "listen"
  | "camera"
  | "share"
  | "hand"
  | "floor"
  | "lowerAll"
  | "muteAll"
  | "speaking"
  | "people"
  | "chat"
  | "both"
  | "faces"
  | "content"
  | "fullScreen"
  | "details"
  | "devices"
  | "settings"
  | "shortcuts"
  | "leave";

/** Something that can be found and done. */
export interface Command {
  id: CommandId;
  text: string;
  icon: IconName;
  keys?: string;
  /** The answer, where it is a question. */
  answer?: string;
}

/** What I may do now, in the order of the control bar; what I may not is not there. */
export function commandsOf(view: ClassView, t: Text): Command[] {
  const { me, people, share, sound } = view;
  const microphone = microphoneLook(view).kind;
  const sharing = share.kind === "mine" || share.kind === "starting";
  const next = people.hands.find((hand) => hand.user !== me.user);
  const some = (shown: boolean, command: () => Command) => (shown ? [command()] : []);
  return [
    ...some(microphone === "open" || microphone === "muted", () => ({
      id: "microphone",
      text: microphone === "open" ? t("control.mute") : t("control.unmute"),
      icon: microphone === "open" ? "microphoneOff" : "microphone",
      keys: "Ctrl+M",
    })),
    ...some(sound.listenOnly ? me.may.speak : sound.state === "on", () => ({
      id: "listen",
      text: sound.listenOnly ? t("control.joinSound") : t("check.listen"),
      icon: sound.listenOnly ? "microphone" : "headset",
    })),
    ...some(me.may.camera || view.camera.state !== "off", () => ({
      id: "camera",
      text: cameraLook(view.camera.state) === "off" ? t("control.cameraOn") : t("control.cameraOff"),
      icon: "camera",
      keys: "Ctrl+E",
    })),
    ...some(me.may.share || sharing, () => ({
      id: "share",
      text: sharing ? t("share.stop") : t("find.share"),
      icon: sharing ? "stopShare" : "share",
      keys: "Ctrl+Shift+S",
    })),
    {
      id: "hand",
      text: me.hand === null ? t("control.raise") : t("control.lower"),
      icon: "hand",
      keys: "Ctrl+H",
    },
    ...(next && me.may.lowerHands
      ? ([
          {
            id: "floor",
            text: t("hand.next", { name: next.name }),
            icon: "microphone",
            keys: "Ctrl+Shift+H",
          },
          { id: "lowerAll", text: t("people.lowerAllHands"), icon: "hand" },
        ] as const)
      : []),
    ...some(me.may.muteOthers, () => ({
      id: "muteAll",
      text: t("control.muteAll"),
      icon: "microphoneOff",
      keys: "Ctrl+Shift+M",
    })),
    { id: "speaking", text: t("find.speaking"), icon: "speaker", answer: whoSpeaks(view, t) },
    { id: "people", text: t("people"), icon: "people", keys: "Ctrl+1" },
    ...some(me.may.chat, () => ({ id: "chat", text: t("chat"), icon: "chat", keys: "Ctrl+2" })),
    { id: "both", text: t("layout.both"), icon: "layoutBoth" },
    { id: "faces", text: t("layout.faces"), icon: "layoutFaces" },
    { id: "content", text: t("layout.content"), icon: "layoutContent" },
    { id: "fullScreen", text: t("class.fullScreen"), icon: "fullScreen", keys: "F11" },
    { id: "details", text: t("details.title"), icon: "info" },
    { id: "devices", text: t("soundAndCamera"), icon: "headset" },
    { id: "settings", text: t("settings"), icon: "settings" },
    { id: "shortcuts", text: t("control.shortcuts"), icon: "keyboard", keys: "Ctrl+/" },
    { id: "leave", text: t("leave"), icon: "leave", keys: "Ctrl+Shift+L" },
  ];
}

const NAMED = 4;

/** Only on demand: who speaks is never announced. */
function whoSpeaks(view: ClassView, t: Text): string {
  const others = [...view.voices.values()].filter((voice) => voice.talking && voice.user !== view.me.user);
  const names = others.map((voice) => voice.name).filter((name) => name !== "");
  if (view.sound.talking) names.unshift(t("you"));
  return names.length === 0 ? t("find.nobody") : names.slice(0, NAMED).join(", ");
}

const FOUND = 6;

/** People this window knows of, by a part of their names. All others are found by the search of the list. */
export function peopleFound(
  view: ClassView,
  fits: (name: string) => boolean,
): { user: string; name: string }[] {
  const known = new Map(everyoneWithATile(view).map(({ user, name }) => [user, name]));
  for (const rows of view.pages.values()) for (const { user, name } of rows) known.set(user, name);
  return [...known]
    .filter(([user, name]) => user !== view.me.user && fits(name))
    .slice(0, FOUND)
    .map(([user, name]) => ({ user, name }));
}
