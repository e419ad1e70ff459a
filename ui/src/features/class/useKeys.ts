import { useEffect } from "react";
import { useSession } from "@/lib/session/context";
import { toggleFullScreen } from "./fullScreen";
import { actionOf, HOLD_MS, type HoldInput, type HoldState, hold, type KeyAction } from "./model/keys";
import { showDialog, togglePanel, useRoomStore } from "./model/room";
import { closePanel, inPanel, moveRegion } from "./regions";
import { useActions } from "./useActions";

/** The keys of the class. */
export function useKeys(): void {
  const actions = useActions();
  const room = useRoomStore();
  const session = useSession();

  useEffect(() => {
    let holding: HoldState = { kind: "idle" };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = (input: HoldInput) => {
      const [next, output] = hold(holding, input);
      holding = next;
      if (output === "startTimer") timer = setTimeout(() => press({ kind: "held" }), HOLD_MS);
      if (input.kind === "up") clearTimeout(timer);
      if (output === "toggle") actions.toggleMicrophone();
      if (output === "talk") actions.holdMicrophone(true);
      if (output === "silence") actions.holdMicrophone(false);
    };
    const run: Record<KeyAction, () => void> = {
      microphone: () => press({ kind: "down", at: performance.now() }),
      camera: actions.toggleCamera,
      hand: actions.toggleHand,
      floor: () => actions.giveFloor(),
      muteAll: actions.muteAll,
      share: actions.toggleShare,
      people: () => room.set(togglePanel("people")),
      chat: () => room.set(togglePanel("chat")),
      find: () => room.set(showDialog({ kind: "find" })),
      closePanel: () => closePanel(room),
      nextLayout: actions.nextLayout,
      leave: () => actions.leave(true),
      fullScreen: toggleFullScreen,
      shortcuts: () => session.showSettings("shortcuts"),
      nextRegion: () => moveRegion(1),
      previousRegion: () => moveRegion(-1),
      // Text size works on every screen and is done there.
      largerText() {},
      smallerText() {},
      plainText() {},
    };
    const down = (event: KeyboardEvent) => {
      const action = actionOf(event);
      // Escape belongs first to what lies on top, then to the panel it is pressed in.
      if (action === null || (action === "closePanel" && (event.defaultPrevented || !inPanel()))) return;
      // Under a dialog only the microphone stays in reach.
      const covered = room.get().dialog !== null || session.store.get().settingsPage !== null;
      if (covered && action !== "microphone") return;
      event.preventDefault();
      if (event.repeat && action !== "microphone") return;
      run[action]();
    };
    const up = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "m" || event.key === "Control") press({ kind: "up" });
    };
    // A window that lost the keyboard never hears the key go up.
    const lost = () => {
      if (holding.kind === "talking") press({ kind: "up" });
      holding = { kind: "idle" };
      clearTimeout(timer);
    };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", lost);
    return () => {
      lost();
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", lost);
    };
  }, [actions, room, session]);
}
