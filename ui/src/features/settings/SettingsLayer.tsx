import { useEffect } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import type { SettingsPage } from "@/lib/session/state";
import { Icon, type IconName } from "@/shared/icons";
import { DialogLayer } from "@/shared/Layers";
import { ShortcutList } from "@/shared/ShortcutList";
import { SoundAndCamera } from "@/shared/SoundAndCamera";
import { About } from "./About";
import { General } from "./General";
import { Privacy } from "./Privacy";
import "./settings.css";

const PAGES = [
  { id: "general", key: "settings.general", icon: "settings" },
  { id: "devices", key: "soundAndCamera", icon: "headset" },
  { id: "shortcuts", key: "settings.shortcuts", icon: "keyboard" },
  { id: "privacy", key: "settings.privacy", icon: "lock" },
  { id: "about", key: "settings.about", icon: "info" },
] as const satisfies readonly { id: SettingsPage; key: string; icon: IconName }[];

/** Over whatever is shown; saved as one changes, so there is nothing to confirm. */
export function SettingsLayer() {
  const t = useText();
  const session = useSession();
  const page = useApp((state) => state.settingsPage);
  if (page === null) return null;
  return (
    <DialogLayer title={t("settings")} open onClose={() => session.showSettings(null)} width="56rem">
      <Tabs
        className="settings"
        orientation="vertical"
        selectedKey={page}
        onSelectionChange={(key) => session.showSettings(key as SettingsPage)}
      >
        <TabList className="settings-list" aria-label={t("settings")}>
          {PAGES.map((each) => (
            <Tab key={each.id} id={each.id} className="option">
              <Icon name={each.icon} size="s" />
              {t(each.key)}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="general" className="settings-page">
          <General />
        </TabPanel>
        <TabPanel id="devices" className="settings-page">
          <Devices />
        </TabPanel>
        <TabPanel id="shortcuts" className="settings-page">
          <ShortcutList />
        </TabPanel>
        <TabPanel id="privacy" className="settings-page">
          <Privacy />
        </TabPanel>
        <TabPanel id="about" className="settings-page">
          <About />
        </TabPanel>
      </Tabs>
    </DialogLayer>
  );
}

function Devices() {
  const session = useSession();
  const inClass = useApp((state) => state.route.kind === "class");
  // In a class the sound runs already and must not be stopped from here.
  useEffect(() => {
    if (inClass) return;
    void session.backend.openSound(true).catch(() => {});
    return () => {
      void session.backend.openSound(false).catch(() => {});
    };
  }, [session, inClass]);
  return <SoundAndCamera />;
}
