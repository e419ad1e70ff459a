import { createContext, useContext } from "react";
import type { Store } from "@/lib/util/store";
import { useStore } from "@/lib/util/store";
import type { LayoutChoice } from "./stage";

export type Panel = "people" | "chat";

export type RoomDialog =
  | { kind: "leave" }
  | { kind: "picker" }
  | { kind: "find" }
  | { kind: "details" }
  | { kind: "link"; url: string };

/** What the window remembers of a class beside what the class is. */
export interface RoomState {
  panel: Panel | null;
  /** Part of a name looked for in the list of people. */
  search: string;
  /** A message being written; it outlives its panel. */
  draft: string;
  choice: LayoutChoice | null;
  /** When somebody's or my share began. */
  sharedSince: number | null;
  pinned: readonly string[];
  page: number;
  /** Never two. */
  dialog: RoomDialog | null;
  /** The microphone key is held. */
  held: boolean;
  /** Notices up to this number were closed. */
  noticesSeen: number;
}

export const firstRoom: RoomState = {
  panel: null,
  search: "",
  draft: "",
  choice: null,
  sharedSince: null,
  pinned: [],
  page: 0,
  dialog: null,
  held: false,
  noticesSeen: 0,
};

const Context = createContext<Store<RoomState> | null>(null);
export const RoomProvider = Context.Provider;

export function useRoomStore(): Store<RoomState> {
  const room = useContext(Context);
  if (!room) throw new Error("no class around this component");
  return room;
}

export const useRoom = <S>(select: (room: RoomState) => S) => useStore(useRoomStore(), select);

/** The same button opens and closes a panel. */
export const togglePanel = (panel: Panel) => (room: RoomState) => ({
  ...room,
  panel: room.panel === panel ? null : panel,
  search: "",
});

/** The list of people, with a name looked for in it. */
export const findPerson = (search: string) => (room: RoomState) => ({
  ...room,
  panel: "people" as const,
  search,
});

export const showDialog = (dialog: RoomDialog | null) => (room: RoomState) => ({ ...room, dialog });

/** A first person enlarged takes the stage, a second shares it, a third takes the place of the first. */
export const togglePin = (user: string) => (room: RoomState) => ({
  ...room,
  pinned: room.pinned.includes(user)
    ? room.pinned.filter((other) => other !== user)
    : [...room.pinned.slice(-1), user],
});
