import { useText } from "@/lib/catalogue/context";
import { useApp } from "@/lib/session/context";
import { Sign } from "@/shared/icons";

export function About() {
  const t = useText();
  const version = useApp((state) => state.version);
  return (
    <div className="about">
      <Sign size={64} />
      <h2>Préau {version}</h2>
      <p className="muted">{t("settings.licences")}</p>
      <p className="small faint">{t("settings.notOfficial")}</p>
    </div>
  );
}
