import { useEffect, useRef, useState } from "react";
import { useClass, useSession } from "@/lib/session/context";
import { createStore } from "@/lib/util/store";
import { useSize } from "@/lib/util/useSize";
import { ChatPanel } from "./chat/ChatPanel";
import { ControlBar } from "./controls/ControlBar";
import { Dialogs } from "./Dialogs";
import { FACES_CAP, panelPlace } from "./model/layout";
import {
  firstRoom,
  type RoomDialog,
  RoomProvider,
  type RoomState,
  useRoom,
  useRoomStore,
} from "./model/room";
import { NoticeBar } from "./notices/NoticeBar";
import { PeoplePanel } from "./people/PeoplePanel";
import { Stage } from "./stage/Stage";
import { TopBar } from "./top/TopBar";
import { useAnnouncements } from "./useAnnouncements";
import { useKeys } from "./useKeys";

export function Room() {
  const [room] = useState(() => createStore(startRoom()));
  return (
    <RoomProvider value={room}>
      <Frame />
    </RoomProvider>
  );
}

const PICTURED = ["leave", "picker", "find", "details"];

/** The scripted class opens a panel or a dialog by its address, for pictures of it. */
function startRoom(): RoomState {
  if (import.meta.env.MODE !== "scripted") return firstRoom;
  const wish = new URLSearchParams(location.search);
  const [panel, dialog] = [wish.get("panel"), wish.get("dialog")];
  return {
    ...firstRoom,
    panel: panel === "people" || panel === "chat" ? panel : null,
    dialog: PICTURED.includes(dialog ?? "") ? ({ kind: dialog } as RoomDialog) : null,
  };
}

function Frame() {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const panel = useRoom((room) => room.panel);
  useKeys();
  useAnnouncements();
  useShareClock();
  useSmallClass(panel === "people");
  const unit = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--u")) || 1;
  const place = panel === null ? "none" : panelPlace(size.width || 1366, 320 * unit);
  return (
    <div ref={frame} className="win" data-panel={place}>
      <TopBar />
      <main className="mid">
        <div className="stage-column">
          <NoticeBar />
          <Stage />
        </div>
        {panel === "people" ? <PeoplePanel /> : null}
        {panel === "chat" ? <ChatPanel /> : null}
      </main>
      <ControlBar />
      <Dialogs />
    </div>
  );
}

/** Remembers since when something is shared: a choice made before it does not hide it. */
function useShareClock(): void {
  const room = useRoomStore();
  const sharing = useClass((view) => view.share.kind !== "none");
  useEffect(() => {
    room.set((now) => ({
      ...now,
      sharedSince: sharing ? Date.now() : null,
      pinned: sharing ? [] : now.pinned,
    }));
  }, [room, sharing]);
}

/** In a class of one page those without a camera have a tile, too: their names are asked for. */
function useSmallClass(listed: boolean): void {
  const session = useSession();
  const small = useClass((view) => view.people.total > 0 && view.people.total <= FACES_CAP);
  useEffect(() => {
    // The open list asks for what it shows.
    if (!listed) session.intent({ kind: "showPeople", from: 0, to: small ? FACES_CAP : 0, search: "" });
  }, [session, listed, small]);
}
