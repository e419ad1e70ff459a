import type { AppEvent, Backend, DeviceKind, Endpoint, NumberedEvent, Settings } from "@/lib/backend/Backend";
import type { Change } from "@/lib/bindings/Change";
import type { Intent } from "@/lib/bindings/Intent";
import { createStore, type Store } from "@/lib/util/store";
import { applyChange, emptyView } from "@/lib/view/classView";
import { type AppState, type Entry, firstState, homeRoute, type SettingsPage, type Target } from "./state";

export interface Level {
  db: number;
  speaking: boolean;
}

/** The window's side of the application: keeps the state true to the backend and passes on what the person wants. */
export class Session {
  readonly store: Store<AppState> = createStore(firstState);
  /** Ten times a second, so it is kept apart from the rest. */
  readonly level: Store<Level> = createStore<Level>({ db: Number.NEGATIVE_INFINITY, speaking: false });
  endpoint: Endpoint | null = null;
  private rev = 0;
  private early: NumberedEvent[] | null = [];
  private entry: Entry | null = null;
  private stop: (() => void) | null = null;

  constructor(readonly backend: Backend) {}

  async start(): Promise<void> {
    this.stop = await this.backend.listen((event) => {
      if (this.early) this.early.push(event);
      else this.receive(event);
    });
    await this.load(true);
    void this.backend.devices().then(
      (devices) => this.store.set((now) => ({ ...now, devices })),
      () => {},
    );
  }

  close(): void {
    this.stop?.();
  }

  private async load(first: boolean): Promise<void> {
    const snapshot = await this.backend.snapshot();
    this.rev = snapshot.rev;
    this.endpoint = snapshot.endpoint;
    const view = snapshot.view.reduce(applyChange, emptyView);
    this.store.set((now) => ({
      ...now,
      view: { ...view, notices: first ? view.notices : now.view.notices },
      settings: snapshot.settings,
      entered: view.stage.kind === "inClass" || now.entered,
      route: first ? routeOf(snapshot.screen) : now.route,
    }));
    const waiting = this.early ?? [];
    this.early = null;
    for (const event of waiting) this.receive(event);
  }

  private receive({ rev, event }: NumberedEvent): void {
    if (rev <= this.rev && event.kind !== "level") return;
    const missed = rev > this.rev + 1 && event.kind === "change";
    this.rev = Math.max(this.rev, rev);
    this.take(event);
    // Something fell out of the stream: what the application has is the truth.
    if (missed && !this.early) {
      this.early = [];
      void this.load(false);
    }
  }

  private take(event: AppEvent): void {
    switch (event.kind) {
      case "level":
        this.level.set({ db: event.micDb, speaking: event.speaking });
        return;
      case "devices":
        this.store.set((now) => ({ ...now, devices: event.devices }));
        return;
      case "joined":
        if (this.store.get().route.kind !== "class") this.enterClass(null);
        return;
      case "left":
        if (this.store.get().view.stage.kind !== "ended") this.goHome();
        return;
      case "change":
        this.change(event.change);
    }
  }

  private change(change: Change): void {
    this.store.set((now) => ({ ...now, view: applyChange(now.view, change) }));
    if (change.part !== "stage") return;
    const { entered, route } = this.store.get();
    if (change.value.kind === "inClass" && !entered) {
      this.store.set((now) => ({ ...now, entered: true }));
      this.applyEntry();
    }
    if (change.value.kind !== "ended") return;
    const { reason } = change.value;
    const link = route.kind === "class" && route.target?.kind === "link" ? route.target.link : null;
    if (link !== null && !entered && (reason === "linkWrong" || reason === "linkUsed")) {
      this.store.set((now) => ({ ...now, route: { kind: "home", link, problem: reason } }));
      void this.backend.leaveEnded();
    }
  }

  private applyEntry(): void {
    const entry = this.entry;
    this.entry = null;
    if (entry?.muted) this.intent({ kind: "setMuted", muted: true });
    if (entry?.camera) this.intent({ kind: "setCamera", on: true });
  }

  intent(intent: Intent): void {
    void this.backend.intent(intent).catch(() => {});
  }

  /** One click from home, except the first time: then sound and camera are looked at. */
  open(target: Target): void {
    if (this.store.get().settings.deviceCheckDone) void this.enter(target, null, false);
    else this.store.set((now) => ({ ...now, route: { kind: "deviceCheck", target } }));
  }

  async enter(target: Target, entry: Entry | null, listenOnly: boolean): Promise<void> {
    this.entry = entry;
    this.enterClass(target);
    await this.backend.listenOnly(listenOnly).catch(() => {});
    try {
      if (target.kind === "practice") await this.backend.joinPractice();
      else if (target.kind === "recent") await this.backend.rejoinClass(target.id);
      else await this.backend.join(target.link, this.store.get().settings.name);
    } catch {
      const stage = this.store.get().view.stage;
      if (stage.kind !== "ended") this.change({ part: "stage", value: failed(target) });
    }
  }

  private enterClass(target: Target | null): void {
    this.store.set((now) => ({
      ...now,
      view: { ...emptyView, notices: now.view.notices },
      entered: false,
      route: { kind: "class", target },
    }));
  }

  goHome(): void {
    if (this.store.get().route.kind === "class") void this.backend.leaveEnded().catch(() => {});
    this.store.set((now) => ({ ...now, route: homeRoute }));
  }

  showSettings(settingsPage: SettingsPage | null): void {
    this.store.set((now) => ({ ...now, settingsPage }));
  }

  saveSettings(part: Partial<Settings>): void {
    const settings = { ...this.store.get().settings, ...part };
    this.store.set((now) => ({ ...now, settings }));
    void this.backend.setSettings(settings).catch(() => {});
  }

  chooseDevice(kind: DeviceKind, id: string): void {
    this.store.set((now) => ({ ...now, devices: { ...now.devices, [kind]: id } }));
    void this.backend.chooseDevice(kind, id).catch(() => {});
  }
}

function routeOf(screen: "home" | "deviceCheck" | "class"): AppState["route"] {
  if (screen === "class") return { kind: "class", target: null };
  return screen === "deviceCheck" ? { kind: "deviceCheck", target: null } : homeRoute;
}

function failed(target: Target): {
  kind: "ended";
  reason: "linkWrong" | "unknown";
  rejoin: boolean;
  unsent: string[];
} {
  return {
    kind: "ended",
    reason: target.kind === "link" ? "linkWrong" : "unknown",
    rejoin: false,
    unsent: [],
  };
}
