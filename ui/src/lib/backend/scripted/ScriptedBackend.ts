import type { AppEvent } from "@/lib/bindings/AppEvent";
import type { Change } from "@/lib/bindings/Change";
import type { DeviceKind } from "@/lib/bindings/DeviceKind";
import type { DeviceState } from "@/lib/bindings/DeviceState";
import type { Intent } from "@/lib/bindings/Intent";
import type { RecentClass } from "@/lib/bindings/RecentClass";
import type { Revised } from "@/lib/bindings/Revised";
import type { Settings } from "@/lib/bindings/Settings";
import type { ShareSource } from "@/lib/bindings/ShareSource";
import { applyChange, type ClassView, emptyView, PEOPLE_PAGE } from "@/lib/view/classView";
import type { Backend, Manner } from "../Backend";
import { castOf, conversation, quietOf } from "./cast";
import { scriptedFrames } from "./pictures";

const DEVICES: DeviceState = {
  microphones: [
    { id: "usb", name: "Micro-casque USB", isDefault: true },
    { id: "in", name: "Micro intégré", isDefault: false },
  ],
  speakers: [
    { id: "usb", name: "Micro-casque USB", isDefault: true },
    { id: "in", name: "Haut-parleurs intégrés", isDefault: false },
  ],
  cameras: [{ id: "cam", name: "Caméra intégrée", isDefault: true }],
  microphone: "usb",
  speaker: "usb",
  camera: "cam",
};

const SOURCES: ShareSource[] = [
  { id: "w1", title: "fractions.odp", screen: false, width: 1280, height: 720 },
  { id: "w2", title: "Exercices 6e", screen: false, width: 1280, height: 720 },
  { id: "w3", title: "Notes du trimestre", screen: false, width: 1280, height: 720 },
  { id: "w4", title: "Manuel numérique", screen: false, width: 1280, height: 720 },
  { id: "s1", title: "Écran 1", screen: true, width: 1920, height: 1080 },
  { id: "s2", title: "Écran 2", screen: true, width: 1280, height: 720 },
];

/** What the script plays; all of it can be set in the address, for pictures of every state. */
export interface Script {
  screen: "home" | "class";
  settings: Settings;
  pupils: number;
  asPupil: boolean;
  share: "none" | "theirs" | "mine";
  muted: boolean;
  link: "good" | "strained" | "lost";
  end: string | null;
  stage: "joining" | "waiting" | "inClass";
  recent: number;
  /** How long I was away, in seconds. */
  away: number;
  /** The system denies microphone and camera. */
  denied: boolean;
}

export const plainScript: Script = {
  screen: "home",
  settings: {
    language: "fr",
    theme: "light",
    textScale: 100,
    name: "Camille",
    deviceCheckDone: true,
    microphone: null,
    speaker: null,
    camera: null,
  },
  pupils: 27,
  asPupil: false,
  share: "none",
  muted: false,
  link: "good",
  end: null,
  stage: "inClass",
  recent: 4,
  away: 0,
  denied: false,
};

export function scriptedBackend(search: string): Backend {
  const wish = new URLSearchParams(search);
  const script = { ...plainScript, settings: { ...plainScript.settings } } as Script &
    Record<string, unknown>;
  for (const [key, value] of wish) {
    if (key === "theme" || key === "language") Object.assign(script.settings, { [key]: value });
    else if (key === "textScale") script.settings.textScale = Number(value);
    else if (key === "firstTime") script.settings.deviceCheckDone = value !== "true";
    else if (key === "pupils" || key === "recent" || key === "away") script[key] = Number(value);
    else if (value === "true" || value === "false") script[key] = value === "true";
    else script[key] = value;
  }
  return new ScriptedBackend(script);
}

/** The application as a script: answers as the real one would, and plays a class of imaginary people. */
export class ScriptedBackend implements Backend {
  /** Everything the window asked for, for tests. */
  readonly asked: Intent[] = [];
  readonly calls: string[] = [];
  /** How the person came in last. */
  manner: Manner | null = null;
  private handler: ((event: Revised) => void) | null = null;
  private rev = 0;
  private view: ClassView = emptyView;
  private settings: Settings;
  private readonly now = Date.now();

  constructor(private readonly script: Script = plainScript) {
    this.settings = script.settings;
    if (script.screen === "class")
      for (const change of this.classChanges()) this.view = applyChange(this.view, change);
  }

  emit(event: AppEvent): void {
    if (event.kind === "change") this.view = applyChange(this.view, event.change);
    this.handler?.({ rev: ++this.rev, event });
  }

  change(change: Change): void {
    this.emit({ kind: "change", change });
  }

  snapshot = async () => ({
    rev: this.rev,
    view: this.script.screen === "class" ? this.classChanges() : null,
    recent: await this.recentClasses(),
    version: "0.1.0",
    systemLanguages: [...navigator.languages],
    secretsInMemory: false,
    systemSettings: ["microphone", "camera"] as DeviceKind[],
    settings: this.settings,
    endpoint: { url: "ws://127.0.0.1:0", token: "", software: false },
  });

  listen = async (handler: (event: Revised) => void) => {
    this.handler = handler;
    const talk = setInterval(() => {
      const db = this.script.muted ? -70 : -24 + 8 * Math.sin(performance.now() / 300);
      this.emit({ kind: "level", micDb: db, speaking: db > -50 });
    }, 100);
    return () => clearInterval(talk);
  };

  intent = async (intent: Intent) => {
    this.asked.push(intent);
    answer(this, this.view, intent);
  };

  join = async (link: string, manner: Manner | null) => {
    this.calls.push(`join ${link}`);
    this.manner = manner;
    if (!link.startsWith("https://")) {
      this.change({
        part: "stage",
        value: { kind: "ended", reason: "linkWrong", rejoin: false, unsent: [] },
      });
      return;
    }
    this.enter();
  };
  joinPractice = async (manner: Manner | null) => {
    this.calls.push("joinPractice");
    this.manner = manner;
    this.enter();
  };
  rejoinClass = async (id: string) => {
    this.calls.push(`rejoinClass ${id}`);
    this.enter();
    return true;
  };
  leaveEnded = async () => {
    this.calls.push("leaveEnded");
  };

  recentClasses = async (): Promise<RecentClass[]> => {
    const day = 86_400_000;
    return [
      {
        id: "a",
        name: "6e B · Mathématiques",
        where: "Collège · portail de l’académie",
        lastUsed: this.now - 3_600_000,
      },
      {
        id: "b",
        name: "5e A · Mathématiques",
        where: "Collège · portail de l’académie",
        lastUsed: this.now - day,
      },
      {
        id: "c",
        name: "Soutien du jeudi",
        where: "classe.etablissement.example",
        lastUsed: this.now - 4 * day,
      },
      { id: "d", name: "Conseil de classe", where: "Invitation reçue", lastUsed: this.now - 20 * day },
    ].slice(0, this.script.recent);
  };
  forgetClass = async (id: string) => {
    this.calls.push(`forgetClass ${id}`);
  };
  setSettings = async (settings: Settings) => {
    this.settings = settings;
    this.calls.push("setSettings");
  };

  devices = async () => DEVICES;
  chooseDevice = async (kind: string, id: string) => {
    this.calls.push(`chooseDevice ${kind} ${id}`);
  };
  openSound = async (on: boolean) => {
    this.calls.push(`openSound ${on}`);
    if (this.script.denied) this.emit({ kind: "troubles", microphone: "blocked", camera: "blocked" });
  };
  previewCamera = async (on: boolean) => {
    this.calls.push(`previewCamera ${on}`);
  };
  playTestSound = async () => {
    this.calls.push("playTestSound");
  };
  hearMyself = async () => {
    this.calls.push("hearMyself");
  };
  shareSources = async () => SOURCES;
  openLink = async (url: string) => {
    this.calls.push(`openLink ${url}`);
  };
  openSystemSetting = async (kind: string) => {
    this.calls.push(`openSystemSetting ${kind}`);
    return true;
  };
  clipboardLink = async () => (this.script.recent > 0 ? "https://classe.example/b/cam-abc" : null);
  openFrames = () => scriptedFrames();

  private enter(): void {
    for (const change of this.classChanges()) this.change(change);
  }

  private classChanges(): Change[] {
    const { script } = this;
    const cast = castOf(script);
    const total = cast.people.length;
    const userOf = (name: string) => cast.people.find((person) => person.name === name)?.user ?? "";
    const ago = (seconds: number) => new Date(this.now - seconds * 1000).toISOString();
    const raised: [string, number][] = [
      ["Lina", 130],
      ["Adam", 70],
      ["Emma", 5],
    ];
    const teacher = !script.asPupil;
    const me = cast.people.find((person) => person.me);
    const changes: Change[] = [
      {
        part: "class",
        value: {
          name: "6e B · Mathématiques",
          practice: true,
          recording: false,
          server: "127.0.0.1",
          openedAt: this.now - 25 * 60_000,
          endsAt: this.now + 32 * 60_000 - 5000,
          chatLimit: 5000,
        },
      },
      {
        part: "me",
        value: {
          user: cast.me,
          name: me?.name ?? "",
          role: teacher ? "teacher" : "pupil",
          presenter: teacher,
          hand: null,
          handPending: false,
          may: {
            speak: true,
            camera: true,
            share: teacher,
            chat: true,
            muteOthers: teacher,
            lowerHands: teacher,
            endClass: teacher,
          },
        },
      },
      {
        part: "sound",
        value: {
          state: "on",
          listenOnly: false,
          muted: script.muted,
          pending: null,
          talking: false,
          byTeacher: false,
          locked: false,
        },
      },
      { part: "camera", value: { state: "on", trouble: null } },
      {
        part: "link",
        value: {
          state: script.link,
          lostSince: script.link === "lost" ? this.now - 12_000 : null,
          retryAt: null,
        },
      },
      { part: "faces", value: cast.faces },
      {
        part: "people",
        value: {
          total,
          hands: raised
            .filter(([name]) => userOf(name))
            .map(([name, seconds]) => ({ user: userOf(name), name, since: ago(seconds) })),
          quiet: teacher ? quietOf(cast) : null,
        },
      },
      {
        part: "voices",
        value: {
          upsert: [
            { user: userOf("Noé"), name: "Noé", muted: false, talking: true },
            { user: cast.me, name: me?.name ?? "", muted: script.muted, talking: false },
          ],
          remove: [],
        },
      },
      ...(script.share === "theirs"
        ? [{ part: "share", value: { kind: "theirs", name: "Camille", state: "live" } } as Change]
        : []),
      ...(script.share === "mine"
        ? [{ part: "share", value: { kind: "mine", source: "fractions.odp" } } as Change]
        : []),
      { part: "peoplePage", value: { page: 0, rows: cast.people.slice(0, PEOPLE_PAGE) } },
      {
        part: "chat",
        value: {
          upsert: conversation(cast, this.now),
          remove: [],
          unread: 3,
          typing: ["Emma"],
          hasOlder: true,
          away: script.away > 0 ? [absence(this.now - 3.5 * 60_000, script.away)] : [],
        },
      },
    ];
    const stage: Change =
      script.end !== null
        ? {
            part: "stage",
            value: {
              kind: "ended",
              reason: script.end as "closed",
              rejoin: script.end === "duplicate",
              unsent: script.end === "closed" ? ["Moi aussi, 10/15"] : [],
            },
          }
        : script.stage === "waiting"
          ? {
              part: "stage",
              value: {
                kind: "waiting",
                position: 2,
                message: "On commence dans cinq minutes, préparez le livre.",
              },
            }
          : script.stage === "joining"
            ? { part: "stage", value: { kind: "joining", step: "control" } }
            : { part: "stage", value: { kind: "inClass" } };
    return [...changes, stage];
  }
}

/** The chat without its messages, as a change carries it. */
const listed = ({ chat: { unread, typing, hasOlder, away } }: ClassView) => ({
  unread,
  typing: [...typing],
  hasOlder,
  away: [...away],
});

const absence = (from: number, seconds: number) => ({ from, until: from + seconds * 1000, seconds });

/** The server's side of an intent: it agrees with everything. */
function answer(backend: ScriptedBackend, view: ClassView, intent: Intent): void {
  switch (intent.kind) {
    case "setMuted":
      backend.change({ part: "sound", value: { ...view.sound, muted: intent.muted, listenOnly: false } });
      return;
    case "setListenOnly":
      backend.change({ part: "sound", value: { ...view.sound, listenOnly: intent.listenOnly } });
      return;
    case "setCamera":
      backend.change({ part: "camera", value: { state: intent.on ? "on" : "off", trouble: null } });
      return;
    case "setHand": {
      const others = view.people.hands.filter((hand) => hand.user !== view.me.user);
      const mine = { user: view.me.user, name: view.me.name, since: new Date().toISOString() };
      const hands = intent.up ? [...others, mine] : others;
      backend.change({ part: "me", value: { ...view.me, hand: intent.up ? hands.length : null } });
      backend.change({ part: "people", value: { ...view.people, hands } });
      return;
    }
    case "lowerHand":
    case "lowerAllHands": {
      const hands =
        intent.kind === "lowerHand" ? view.people.hands.filter((hand) => hand.user !== intent.user) : [];
      backend.change({ part: "people", value: { ...view.people, hands } });
      return;
    }
    case "startSharing":
      backend.change({
        part: "share",
        value: { kind: "mine", source: SOURCES.find((each) => each.id === intent.source)?.title ?? "" },
      });
      return;
    case "stopSharing":
      backend.change({ part: "share", value: { kind: "none" } });
      return;
    case "sendChat": {
      const message = {
        id: `own-${view.chat.messages.length}`,
        user: view.me.user,
        name: view.me.name,
        role: view.me.role,
        mine: true,
        text: intent.text,
        at: Date.now(),
        state: "sent",
      } as const;
      backend.change({ part: "chat", value: { ...listed(view), typing: [], upsert: [message], remove: [] } });
      return;
    }
    case "sawChat":
      backend.change({
        part: "chat",
        value: { ...listed(view), upsert: [], remove: [], unread: 0 },
      });
      return;
    case "leave":
    case "endForAll":
      backend.change({
        part: "stage",
        value: { kind: "ended", reason: "left", rejoin: intent.kind === "leave", unsent: [] },
      });
      return;
  }
}
