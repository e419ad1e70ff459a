import { useEffect, useMemo, useState } from "react";
import { I18nProvider } from "react-aria-components";
import { ClassScreen } from "@/features/class/ClassScreen";
import { DeviceCheck } from "@/features/deviceCheck/DeviceCheck";
import { Ended } from "@/features/ended/Ended";
import { Home } from "@/features/home/Home";
import { SettingsLayer } from "@/features/settings/SettingsLayer";
import { LocaleProvider } from "@/lib/catalogue/context";
import { languageOf, textIn } from "@/lib/catalogue/text";
import { tagOf } from "@/lib/catalogue/when";
import { FramesProvider, noFrames } from "@/lib/frames/context";
import { SessionProvider, useApp, useSession } from "@/lib/session/context";
import type { Session } from "@/lib/session/Session";
import type { Target } from "@/lib/session/state";
import { useStore } from "@/lib/util/store";
import { AnnouncerProvider } from "@/shared/Announcer";
import { useAppearance } from "./appearance";
import { startFrames } from "./startFrames";
import { useTextSizeKeys } from "./textSizeKeys";

export function App({ session }: { session: Session }) {
  const wish = useStore(session.store, (state) => state.settings.language);
  const system = useStore(session.store, (state) => state.systemLanguages);
  const language = languageOf(wish, system);
  const locale = useMemo(() => ({ language, text: textIn(language) }), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <SessionProvider value={session}>
      <I18nProvider locale={tagOf(language)}>
        <LocaleProvider value={locale}>
          <AnnouncerProvider>
            <Screens />
          </AnnouncerProvider>
        </LocaleProvider>
      </I18nProvider>
    </SessionProvider>
  );
}

function Screens() {
  const session = useSession();
  const route = useApp((state) => state.route);
  useAppearance();
  useTextSizeKeys();
  const started = route.kind !== "starting";
  const [frames, setFrames] = useState(noFrames);
  useEffect(() => {
    if (!started || !session.endpoint) return;
    const client = startFrames(session.backend, session.endpoint);
    setFrames(client);
    return () => client.close();
  }, [started, session]);
  return (
    <FramesProvider value={frames}>
      {route.kind === "home" ? <Home route={route} /> : null}
      {route.kind === "deviceCheck" ? <DeviceCheck target={route.target} /> : null}
      {route.kind === "class" ? <ClassOrEnd target={route.target} /> : null}
      <SettingsLayer />
    </FramesProvider>
  );
}

function ClassOrEnd({ target }: { target: Target | null }) {
  const stage = useApp((state) => state.view.stage);
  return stage.kind === "ended" ? <Ended end={stage} target={target} /> : <ClassScreen target={target} />;
}
