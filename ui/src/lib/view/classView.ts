import type { Away } from "@/lib/bindings/Away";
import type { Change } from "@/lib/bindings/Change";
import type { ChatChange } from "@/lib/bindings/ChatChange";
import type { ClassInfo } from "@/lib/bindings/ClassInfo";
import type { Face } from "@/lib/bindings/Face";
import type { Link } from "@/lib/bindings/Link";
import type { Me } from "@/lib/bindings/Me";
import type { Message } from "@/lib/bindings/Message";
import type { Notice } from "@/lib/bindings/Notice";
import type { OwnCamera } from "@/lib/bindings/OwnCamera";
import type { People } from "@/lib/bindings/People";
import type { Person } from "@/lib/bindings/Person";
import type { Share } from "@/lib/bindings/Share";
import type { Sound } from "@/lib/bindings/Sound";
import type { Stage } from "@/lib/bindings/Stage";
import type { VoiceOf } from "@/lib/bindings/VoiceOf";
import type { Voices } from "@/lib/bindings/Voices";

/** Rows in one page of the people list, as the core sends them. */
export const PEOPLE_PAGE = 50;
/** Messages kept in the window; the oldest go first and can be loaded again. */
const MESSAGES_KEPT = 2000;
const NOTICES_KEPT = 8;

export interface Chat {
  messages: readonly Message[];
  unread: number;
  typing: readonly string[];
  hasOlder: boolean;
  /** When I was away; what was written then stands under a mark. */
  away: readonly Away[];
}

/** Everything the class screen is drawn from: the sum of all changes so far. */
export interface ClassView {
  stage: Stage;
  info: ClassInfo;
  me: Me;
  sound: Sound;
  camera: OwnCamera;
  share: Share;
  link: Link;
  people: People;
  pages: ReadonlyMap<number, readonly Person[]>;
  voices: ReadonlyMap<string, VoiceOf>;
  faces: readonly Face[];
  chat: Chat;
  /** Newest last, numbered so that the same sentence can be said twice. */
  notices: readonly { id: number; notice: Notice }[];
}

export const emptyView: ClassView = {
  stage: { kind: "joining", step: "link" },
  info: {
    name: "",
    practice: false,
    recording: false,
    server: "",
    openedAt: null,
    endsAt: null,
    chatLimit: 5000,
  },
  me: {
    user: "",
    name: "",
    role: "pupil",
    presenter: false,
    hand: null,
    handPending: false,
    may: {
      speak: false,
      camera: false,
      share: false,
      chat: false,
      muteOthers: false,
      lowerHands: false,
      endClass: false,
    },
  },
  sound: {
    state: "off",
    listenOnly: false,
    muted: true,
    pending: null,
    talking: false,
    byTeacher: false,
    locked: false,
  },
  camera: { state: "off", trouble: null },
  share: { kind: "none" },
  link: { state: "connecting", lostSince: null, retryAt: null },
  people: { total: 0, hands: [], quiet: null },
  pages: new Map(),
  voices: new Map(),
  faces: [],
  chat: { messages: [], unread: 0, typing: [], hasOlder: false, away: [] },
  notices: [],
};

/** The one way the view changes. A part the window does not know (newer core) changes nothing. */
export function applyChange(view: ClassView, change: Change): ClassView {
  switch (change.part) {
    case "stage":
      return { ...view, stage: change.value };
    case "class":
      return { ...view, info: change.value };
    case "me":
      return { ...view, me: change.value };
    case "sound":
      return { ...view, sound: change.value };
    case "camera":
      return { ...view, camera: change.value };
    case "share":
      return { ...view, share: change.value };
    case "link":
      return { ...view, link: change.value };
    case "people":
      return { ...view, people: change.value, pages: dropPagesPast(view.pages, change.value.total) };
    case "peoplePage":
      return { ...view, pages: new Map(view.pages).set(change.value.page, change.value.rows) };
    case "voices":
      return { ...view, voices: mergeVoices(view.voices, change.value) };
    case "faces":
      return { ...view, faces: change.value };
    case "chat":
      return { ...view, chat: mergeChat(view.chat, change.value) };
    case "notice": {
      const id = (view.notices.at(-1)?.id ?? 0) + 1;
      return {
        ...view,
        notices: [...view.notices, { id, notice: change.value }].slice(-NOTICES_KEPT),
      };
    }
    default:
      return view;
  }
}

function dropPagesPast(pages: ClassView["pages"], total: number): ClassView["pages"] {
  const last = Math.ceil(total / PEOPLE_PAGE);
  if (![...pages.keys()].some((page) => page >= last)) return pages;
  return new Map([...pages].filter(([page]) => page < last));
}

function mergeVoices(voices: ClassView["voices"], change: Voices): ClassView["voices"] {
  const next = new Map(voices);
  for (const user of change.remove) next.delete(user);
  for (const voice of change.upsert) next.set(voice.user, voice);
  return next;
}

function mergeChat(chat: Chat, change: ChatChange): Chat {
  const { upsert, remove, ...rest } = change;
  if (upsert.length === 0 && remove.length === 0) return { messages: chat.messages, ...rest };
  const byId = new Map(chat.messages.map((message) => [message.id, message]));
  for (const id of remove) byId.delete(id);
  for (const message of upsert) byId.set(message.id, message);
  const messages = [...byId.values()].sort(inOrder).slice(-MESSAGES_KEPT);
  return { messages, ...rest };
}

/** By time; what is still on its way comes last, because the server will date it then. */
function inOrder(a: Message, b: Message): number {
  const waiting = (m: Message) => (m.state === "queued" || m.state === "failed" ? 1 : 0);
  return waiting(a) - waiting(b) || a.at - b.at;
}
