import type { Backend, DeviceKind, Manner } from "@/lib/backend/Backend";
import type { AppEvent } from "@/lib/bindings/AppEvent";
import type { Change } from "@/lib/bindings/Change";
import type { Endpoint } from "@/lib/bindings/Endpoint";
import type { EndReason } from "@/lib/bindings/EndReason";
import type { Intent } from "@/lib/bindings/Intent";
import type { Revised } from "@/lib/bindings/Revised";
import type { Settings } from "@/lib/bindings/Settings";
import { createStore, type Store } from "@/lib/util/store";
import { applyChange, emptyView } from "@/lib/view/classView";
import { type AppState, firstState, homeRoute, type SettingsPage, type Target } from "./state";

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
  private early: Revised[] | null = [];
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
    const view = (snapshot.view ?? []).reduce(applyChange, emptyView);
    this.store.set((now) => ({
      ...now,
      view: { ...view, notices: first ? view.notices : now.view.notices },
      settings: snapshot.settings,
      entered: view.stage.kind === "inClass" || now.entered,
      version: snapshot.version,
      systemLanguages: snapshot.systemLanguages,
      secretsInMemory: snapshot.secretsInMemory,
      systemSettings: snapshot.systemSettings,
      route: !first ? now.route : snapshot.view === null ? homeRoute : { kind: "class", target: null },
    }));
    const waiting = this.early ?? [];
    this.early = null;
    for (const event of waiting) this.receive(event);
  }

  private receive({ rev, event }: Revised): void {
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
      case "troubles":
        this.store.set((now) => ({
          ...now,
          troubles: { microphone: event.microphone, camera: event.camera },
        }));
        return;
      case "joined": {
        const { route } = this.store.get();
        this.enterClass(route.kind === "class" ? route.target : null);
        return;
      }
      case "left":
        if (this.store.get().view.stage.kind !== "ended") this.goHome();
        return;
      case "recent":
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
    }
    if (change.value.kind !== "ended") return;
    const { reason } = change.value;
    const link = route.kind === "class" && route.target?.kind === "link" ? route.target.link : null;
    if (link !== null && !entered && (reason === "linkWrong" || reason === "linkUsed")) {
      this.store.set((now) => ({ ...now, route: { kind: "home", link, problem: reason } }));
      void this.backend.leaveEnded();
    }
  }

  intent(intent: Intent): void {
    void this.backend.intent(intent).catch(() => {});
  }

  /** One click from home, except the first time: then sound and camera are looked at. */
  open(target: Target): void {
    if (this.store.get().settings.deviceCheckDone) void this.enter(target, null);
    else this.store.set((now) => ({ ...now, route: { kind: "deviceCheck", target } }));
  }

  async enter(target: Target, manner: Manner | null): Promise<void> {
    this.enterClass(target);
    try {
      if (target.kind === "practice") await this.backend.joinPractice(manner);
      else if (target.kind === "link") await this.backend.join(target.link, manner);
      else if (!(await this.backend.rejoinClass(target.id, manner))) this.endAtOnce("linkUsed");
    } catch {
      if (this.store.get().view.stage.kind !== "ended") this.endAtOnce("unknown");
    }
  }

  private endAtOnce(reason: EndReason): void {
    this.change({ part: "stage", value: { kind: "ended", reason, rejoin: false, unsent: [] } });
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
    this.store.set((now) => ({
      ...now,
      devices: { ...now.devices, [kind]: id },
      settings: { ...now.settings, [kind]: id },
    }));
    void this.backend.chooseDevice(kind, id).catch(() => {});
  }
}
