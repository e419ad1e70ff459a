import { useMemo } from "react";
import { useText } from "@/lib/catalogue/context";
import type { Text } from "@/lib/catalogue/text";
import { useSession } from "@/lib/session/context";
import type { Session } from "@/lib/session/Session";
import type { Store } from "@/lib/util/store";
import { useVoice, type Voice } from "@/shared/Announcer";
import { microphoneLook } from "./model/controls";
import { type RoomState, showDialog, useRoomStore } from "./model/room";
import { type LayoutName, layoutName } from "./model/stage";

const NEXT: Record<LayoutName, LayoutName> = { both: "faces", faces: "content", content: "both" };

/** What buttons and keys do alike. Each asks for the opposite of what the server says now. */
export function useActions() {
  const session = useSession();
  const room = useRoomStore();
  const t = useText();
  const voice = useVoice();
  return useMemo(() => actionsOf(session, room, t, voice), [session, room, t, voice]);
}

const chosen = (room: RoomState, layout: LayoutName) => ({
  ...room,
  choice: { layout, at: Date.now() },
  pinned: [],
  page: 0,
});

export type Actions = ReturnType<typeof actionsOf>;

function actionsOf(session: Session, room: Store<RoomState>, t: Text, voice: Voice) {
  const view = () => session.store.get().view;
  return {
    toggleMicrophone() {
      const look = microphoneLook(view());
      if (look.kind === "locked") return;
      if (look.kind === "listening") session.intent({ kind: "setListenOnly", listenOnly: false });
      else if (look.kind === "muted") session.intent({ kind: "setMuted", muted: false });
      else if (look.kind === "open") session.intent({ kind: "setMuted", muted: true });
      else if (look.to !== "joining") session.intent({ kind: "setMuted", muted: look.to === "open" });
    },
    toggleListening() {
      session.intent({ kind: "setListenOnly", listenOnly: !view().sound.listenOnly });
    },
    holdMicrophone(held: boolean) {
      if (held && microphoneLook(view()).kind !== "muted") return;
      if (!held && !room.get().held) return;
      room.set((now) => ({ ...now, held }));
      session.intent({ kind: "setMuted", muted: !held });
    },
    toggleCamera() {
      const { camera, me } = view();
      if (camera.state !== "off") session.intent({ kind: "setCamera", on: false });
      else if (me.may.camera) session.intent({ kind: "setCamera", on: true });
    },
    toggleHand() {
      session.intent({ kind: "setHand", up: view().me.hand === null });
    },
    /** To this person, or to the first who waits: the hand goes down, the microphone stays theirs to open. */
    giveFloor(user?: string) {
      const { people, me } = view();
      if (!me.may.lowerHands) return;
      const hand = people.hands.find((each) => each.user !== me.user && (user ?? each.user) === each.user);
      if (hand) session.intent({ kind: "lowerHand", user: hand.user });
      const text = hand ? t("hand.given", { name: hand.name }) : t("hand.none");
      voice.say("assertive", { kind: "floor", text });
    },
    toggleShare() {
      const { share, me } = view();
      if (share.kind === "mine" || share.kind === "starting") session.intent({ kind: "stopSharing" });
      else if (me.may.share) room.set(showDialog({ kind: "picker" }));
    },
    stopSharing() {
      session.intent({ kind: "stopSharing" });
    },
    muteAll() {
      if (view().me.may.muteOthers) session.intent({ kind: "muteAll" });
    },
    nextLayout() {
      room.set((now) => chosen(now, NEXT[layoutName(now.choice, now.sharedSince)]));
    },
    chooseLayout(layout: LayoutName) {
      room.set((now) => chosen(now, layout));
    },
    /** Only those who may close the class are asked; with `ask`, as from a key, everybody is. */
    leave(ask: boolean) {
      if (ask || view().me.may.endClass) room.set(showDialog({ kind: "leave" }));
      else session.intent({ kind: "leave" });
    },
  };
}
