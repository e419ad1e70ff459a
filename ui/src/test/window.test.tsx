import { act, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { plainScript } from "@/lib/backend/scripted/ScriptedBackend";
import { open } from "./open";

beforeEach(() => {
  // jsdom measures nothing: give every element the size of a school screen.
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1350);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(576);
});

const button = (name: string | RegExp) => screen.findByRole("button", { name });

describe("home", () => {
  it("has the link field focused and enters by Enter", async () => {
    const { backend, user } = await open();
    expect(screen.getByRole("textbox", { name: "Lien de la classe" })).toHaveProperty(
      "ownerDocument.activeElement.placeholder",
      "Collez ici le lien reçu",
    );
    await user.keyboard("https://classe.example/join?x=1{Enter}");
    await waitFor(() => expect(backend.calls).toContain("join https://classe.example/join?x=1"));
    expect(await screen.findByRole("heading", { name: "6e B · Mathématiques" })).toBeTruthy();
  });

  it("says under the field that a link leads nowhere, and keeps it", async () => {
    const { user } = await open();
    await user.keyboard("http://nulle-part{Enter}");
    expect(await screen.findByText(/Ce lien ne mène pas à une classe/)).toBeTruthy();
    expect(screen.getByDisplayValue("http://nulle-part")).toBeTruthy();
  });

  it("offers a link of the clipboard and never uses it by itself", async () => {
    const { backend, user } = await open();
    await user.click(await button("L’utiliser"));
    await waitFor(() => expect(backend.calls).toContain("join https://classe.example/b/cam-abc"));
  });

  it("lists recent classes, goes back into one and forgets one", async () => {
    const { backend, user } = await open();
    const list = await screen.findByRole("list", { name: "Mes classes" });
    expect(within(list).getAllByRole("listitem")).toHaveLength(4);
    await user.click(within(list).getByRole("button", { name: "Plus, pour Conseil de classe" }));
    await user.click(await screen.findByRole("menuitem", { name: "Retirer de la liste" }));
    expect(backend.calls).toContain("forgetClass d");
    expect(within(list).getAllByRole("listitem")).toHaveLength(3);
    await user.click(within(list).getByRole("button", { name: "Rejoindre 5e A · Mathématiques" }));
    await waitFor(() => expect(backend.calls).toContain("rejoinClass b"));
  });

  it("says what to do where no class is known", async () => {
    await open({ recent: 0 });
    expect(await screen.findByText(/Collez un lien, ou entraînez-vous/)).toBeTruthy();
  });

  it("speaks English to who wants it", async () => {
    const { user, session } = await open();
    await user.click(await button("Réglages"));
    await user.click(screen.getByRole("radio", { name: "English" }));
    expect(await screen.findByText("Text size")).toBeTruthy();
    expect(session.store.get().settings.language).toBe("en");
    expect(document.documentElement.lang).toBe("en");
  });
});

describe("device check", () => {
  const first = { settings: { ...plainScript.settings, deviceCheckDone: false } };

  it("comes the first time, plays a sound, and enters with what was chosen", async () => {
    const { backend, user } = await open(first);
    await user.click(await button("S’entraîner"));
    await user.click(await button("Jouer un son"));
    expect(backend.calls).toContain("playTestSound");
    await user.click(await button("Couper le micro en entrant"));
    await user.click(await button("Entrer dans la classe"));
    await waitFor(() => expect(backend.manner).toEqual({ listenOnly: false, camera: true, unmuted: false }));
    expect(backend.calls).toContain("joinPractice");
    expect(backend.calls).toContain("openSound false");
  });

  it("says that the system denies a device, with the system's setting one click away", async () => {
    const { backend, user } = await open({ ...first, denied: true });
    await user.click(await button("S’entraîner"));
    expect(await screen.findByText(/Le système empêche Préau d’utiliser le micro/)).toBeTruthy();
    const [microphone, camera] = await screen.findAllByRole("button", { name: "Ouvrir le réglage" });
    await user.click(microphone as HTMLElement);
    await user.click(camera as HTMLElement);
    expect(backend.calls).toEqual(
      expect.arrayContaining(["openSystemSetting microphone", "openSystemSetting camera"]),
    );
  });

  it("lets a person just listen", async () => {
    const { backend, user } = await open(first);
    await user.click(await button("S’entraîner"));
    await user.click(await button("Écouter seulement"));
    await waitFor(() => expect(backend.manner?.listenOnly).toBe(true));
  });
});

describe("class", () => {
  it("mutes by button and by Ctrl+M, and shows what the server says", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.click(await button("Micro"));
    expect(backend.asked).toContainEqual({ kind: "setMuted", muted: true });
    expect(await button("Micro coupé")).toBeTruthy();
    await user.keyboard("{Control>}m{/Control}");
    expect(await button("Micro")).toBeTruthy();
  });

  it("shows a wish as pending until the server agrees", async () => {
    const { backend, session } = await open({ screen: "class" });
    const { sound } = session.store.get().view;
    await act(async () => backend.change({ part: "sound", value: { ...sound, pending: true } }));
    expect(await button(/^Micro coupé ?\(demandé\)$/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Micro coupé" })).toBeNull();
  });

  it("raises a pupil's hand, and has no share for who may not", async () => {
    const { user } = await open({ screen: "class", asPupil: true });
    await user.click(await button("Main"));
    expect((await button("Main levée")).getAttribute("aria-pressed")).toBe("true");
    expect(screen.queryByRole("button", { name: "Partager" })).toBeNull();
  });

  it("lists people with hands first, and lowers one", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.keyboard("{Control>}1{/Control}");
    const hands = await screen.findByRole("region", { name: "Mains levées · 3" });
    expect(
      within(hands)
        .getAllByRole("listitem")
        .map((row) => row.textContent),
    ).toEqual([
      expect.stringContaining("Lina"),
      expect.stringContaining("Adam"),
      expect.stringContaining("Emma"),
    ]);
    await user.click(within(hands).getByRole("button", { name: "Baisser la main de Lina" }));
    expect(backend.asked).toContainEqual({ kind: "lowerHand", user: "w_lina" });
    await waitFor(() =>
      expect(backend.asked).toContainEqual(expect.objectContaining({ kind: "showPeople", from: 0 })),
    );
  });

  it("gives the floor to the first hand from the bar at the top, by key, and to anybody in the list", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.click(await button("Donner la parole à Lina"));
    expect(backend.asked).toContainEqual({ kind: "lowerHand", user: "w_lina" });
    expect(await screen.findByText("La parole est à Lina.")).toBeTruthy();
    await user.keyboard("{Control>}1{/Control}");
    await user.click(await button("Donner la parole à Emma"));
    await user.keyboard("{Control>}{Shift>}H{/Shift}{/Control}");
    expect(backend.asked).toContainEqual({ kind: "lowerHand", user: "w_adam" });
    await user.keyboard("{Control>}{Shift>}H{/Shift}{/Control}");
    expect(await screen.findByText("Aucune main levée.")).toBeTruthy();
  });

  it("gives no floor where I am no teacher", async () => {
    const { backend, user } = await open({ screen: "class", asPupil: true });
    await user.keyboard("{Control>}1{/Control}{Control>}{Shift>}H{/Shift}{/Control}");
    expect(screen.queryByRole("button", { name: /^Donner la parole/ })).toBeNull();
    expect(backend.asked.some((intent) => intent.kind === "lowerHand")).toBe(false);
  });

  it("opens in place who has not taken part yet and picks one of them", async () => {
    const { user } = await open({ screen: "class" });
    await user.keyboard("{Control>}1{/Control}");
    await user.click(await button("N’ont pas encore participé · 9"));
    await user.click(await button("Au hasard"));
    const said = await screen.findByText(/^Au hasard\s:/);
    expect(document.querySelector(".quiet .picked")?.textContent).toBe(said.textContent?.split(": ")[1]);
  });

  it("shows the details of the class from its name", async () => {
    const { user } = await open({ screen: "class" });
    await user.click(await button("6e B · Mathématiques"));
    const dialog = await screen.findByRole("dialog", { name: "6e B · Mathématiques" });
    expect(within(dialog).getByText("Cet ordinateur")).toBeTruthy();
  });

  it("finds an action by Ctrl+K and does it", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.keyboard("{Control>}k{/Control}");
    await screen.findByRole("dialog", { name: "Trouver une action ou une personne" });
    await user.keyboard("couper tous");
    await user.keyboard("{Enter}");
    expect(backend.asked).toContainEqual({ kind: "muteAll" });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("finds a person by Ctrl+K, whatever the accents, and looks for them in the list", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.keyboard("{Control>}k{/Control}");
    await screen.findByRole("dialog", { name: "Trouver une action ou une personne" });
    await user.keyboard("anai");
    await user.click(await screen.findByRole("menuitem", { name: "Anaïs" }));
    expect(await screen.findByDisplayValue("Anaïs")).toBeTruthy();
    await waitFor(() =>
      expect(backend.asked).toContainEqual(expect.objectContaining({ kind: "showPeople", search: "Anaïs" })),
    );
  });

  it("answers in place who speaks", async () => {
    const { user } = await open({ screen: "class" });
    await user.keyboard("{Control>}k{/Control}");
    await user.click(await screen.findByRole("menuitem", { name: /^Qui parle/ }));
    expect(screen.getByRole("menuitem", { name: /^Qui parle/ }).textContent).toContain("Noé");
    expect(screen.getByRole("alert").textContent).toBe("Noé");
  });

  it("closes the panel with Escape, keeps what was being written, and gives the keyboard back", async () => {
    const { user } = await open({ screen: "class" });
    await user.keyboard("{Control>}2{/Control}");
    await user.click(await screen.findByRole("textbox", { name: "Écrire à tout le monde" }));
    await user.keyboard("Bonj{Escape}");
    expect(screen.queryByRole("textbox", { name: "Écrire à tout le monde" })).toBeNull();
    expect(document.activeElement?.textContent).toContain("Discussion");
    await user.keyboard("{Control>}2{/Control}");
    expect(await screen.findByDisplayValue("Bonj")).toBeTruthy();
  });

  it("mutes everybody from the panel's foot", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.keyboard("{Control>}1{/Control}");
    await user.click(await button("Couper tous les micros"));
    expect(backend.asked).toContainEqual({ kind: "muteAll" });
  });

  it("sends a message with Enter and breaks the line with Shift", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.keyboard("{Control>}2{/Control}");
    await user.click(await screen.findByRole("textbox", { name: "Écrire à tout le monde" }));
    await user.keyboard("Bonjour{Shift>}{Enter}{/Shift}à tous{Enter}");
    expect(backend.asked).toContainEqual({ kind: "sendChat", text: "Bonjour\nà tous" });
    expect(backend.asked).toContainEqual({ kind: "typing" });
    expect(await screen.findByText(/Bonjour/)).toBeTruthy();
  });

  it("opens a link only after showing the whole address", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.keyboard("{Control>}2{/Control}");
    await user.click(await button("https://fr.wikipedia.org/wiki/Fraction"));
    expect(backend.calls.filter((call) => call.startsWith("openLink"))).toEqual([]);
    const dialog = await screen.findByRole("alertdialog", { name: /Ouvrir ce lien hors de Préau/ });
    expect(within(dialog).getByText("https://fr.wikipedia.org/wiki/Fraction")).toBeTruthy();
    await user.click(within(dialog).getByRole("button", { name: "Ouvrir" }));
    expect(backend.calls).toContain("openLink https://fr.wikipedia.org/wiki/Fraction");
  });

  it("shows what others write and are called as text, never as markup", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.keyboard("{Control>}2{/Control}");
    const text = "<img src=x onerror=alert(1)><b>gras</b>";
    const message = {
      id: "x",
      user: "y",
      name: "<i>Eve</i>",
      role: "pupil",
      mine: false,
      text,
      at: Date.now(),
      state: "sent",
    } as const;
    await act(async () =>
      backend.change({
        part: "chat",
        value: { upsert: [message], remove: [], unread: 0, typing: [], hasOlder: false, away: [] },
      }),
    );
    expect(await screen.findByText(text)).toBeTruthy();
    expect(screen.getByText("<i>Eve</i>")).toBeTruthy();
    expect(document.querySelector("img, b, i:not(.bars i):not(.net i):not(.level i)")).toBeNull();
  });

  it("shares what was chosen, and stops from the bar at the top", async () => {
    const { backend, user } = await open({ screen: "class" });
    await user.click(await button("Partager"));
    await user.click(await screen.findByRole("radio", { name: /fractions\.odp/ }));
    await user.click(await button("Montrer fractions.odp"));
    expect(backend.asked).toContainEqual({ kind: "startSharing", source: "w1" });
    const [stop] = await screen.findAllByRole("button", { name: "Arrêter le partage" });
    await user.click(stop as HTMLElement);
    expect(backend.asked).toContainEqual({ kind: "stopSharing" });
  });

  it("asks a teacher how to leave, and a pupil nothing", async () => {
    const teacher = await open({ screen: "class" });
    await teacher.user.click(await button("Quitter"));
    await teacher.user.click(await button("Fermer la classe pour tous"));
    expect(teacher.backend.asked).toContainEqual({ kind: "endForAll" });
  });

  it("lets a pupil leave at once", async () => {
    const { backend, user } = await open({ screen: "class", asPupil: true });
    await user.click(await button("Quitter"));
    expect(backend.asked).toContainEqual({ kind: "leave" });
    expect(await screen.findByText("Vous avez quitté la classe.")).toBeTruthy();
  });

  it("never claims a connection that is lost, and retries on demand", async () => {
    const { backend, user } = await open({ screen: "class", link: "lost" });
    expect(await screen.findByRole("img", { name: "Connexion coupée" })).toBeTruthy();
    expect(screen.queryByRole("img", { name: "Connexion bonne" })).toBeNull();
    await user.click(await button("Réessayer"));
    expect(backend.asked).toContainEqual({ kind: "retry" });
  });

  it("says that the teacher muted me, in the notice and aloud", async () => {
    const { backend } = await open({ screen: "class", asPupil: true });
    await act(async () => backend.change({ part: "notice", value: { key: "mutedByTeacher" } }));
    expect(await screen.findAllByText("Votre prof a coupé votre micro.")).toHaveLength(2);
  });

  it("leads from a denied camera to the system's setting", async () => {
    const { backend, user } = await open({ screen: "class" });
    await act(async () => backend.change({ part: "notice", value: { key: "camera", trouble: "blocked" } }));
    await user.click(await button("Ouvrir le réglage"));
    expect(backend.calls).toContain("openSystemSetting camera");
  });

  it("asks only for the cameras on screen, and never for my own", async () => {
    const { backend } = await open({ screen: "class" });
    await waitFor(() => {
      const last = backend.asked.filter((intent) => intent.kind === "showFaces").at(-1);
      expect(last?.kind === "showFaces" && last.streams).toHaveLength(24);
      expect(last?.kind === "showFaces" && last.streams.includes("stream-w_camille")).toBe(false);
    });
  });

  it("asks for everybody of a class that fits one page, camera or not, and for nobody of a larger one", async () => {
    const page = { kind: "showPeople", from: 0, to: 36, search: "" };
    const small = await open({ screen: "class" });
    await waitFor(() => expect(small.backend.asked).toContainEqual(page));
    const large = await open({ screen: "class", pupils: 80 });
    await waitFor(() => expect(large.backend.asked.some((each) => each.kind === "showFaces")).toBe(true));
    expect(large.backend.asked).not.toContainEqual(page);
  });

  it("says on the way in that the server does not answer, and goes on", async () => {
    await open({ screen: "class", stage: "joining", link: "lost" });
    expect(await screen.findByText(/Le serveur de la classe ne répond pas/)).toBeTruthy();
  });

  it("walks its regions with F6", async () => {
    const { user } = await open({ screen: "class" });
    await button("Micro");
    const region = () => document.activeElement?.closest("[data-region]")?.getAttribute("data-region");
    const seen: (string | null | undefined)[] = [];
    for (let step = 0; step < 4; step++) {
      await user.keyboard("{F6}");
      seen.push(region());
    }
    expect(seen).toEqual(["top", "faces", "controls", "top"]);
  });

  it("talks while Ctrl+M is held, and is silent again after", async () => {
    const { backend, user } = await open({ screen: "class", muted: true });
    await button("Micro coupé");
    await user.keyboard("{Control>}{m>}");
    await waitFor(() => expect(backend.asked).toContainEqual({ kind: "setMuted", muted: false }));
    await user.keyboard("{/m}{/Control}");
    expect(backend.asked.at(-1)).toEqual({ kind: "setMuted", muted: true });
  });
});

describe("the end", () => {
  it("says what happened and offers the way back where there is one", async () => {
    const { backend, user } = await open({ screen: "class", end: "duplicate" });
    expect(await screen.findByText(/depuis un autre appareil/)).toBeTruthy();
    await user.click(await button("Revenir dans la classe"));
    expect(backend.asked).toContainEqual({ kind: "rejoin" });
  });

  it("gives back what could not be sent", async () => {
    await open({ screen: "class", end: "closed" });
    expect(await screen.findByText("Moi aussi, 10/15")).toBeTruthy();
    expect(await button("Copier")).toBeTruthy();
  });

  it("offers no way back to who was removed, and leads home", async () => {
    const { user } = await open({ screen: "class", end: "ejected" });
    expect(screen.queryByRole("button", { name: "Revenir dans la classe" })).toBeNull();
    await user.click(await button("Retour à l’accueil"));
    expect(await screen.findByRole("heading", { name: "Entrer dans une classe" })).toBeTruthy();
  });
});
