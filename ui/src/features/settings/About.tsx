import { useText } from "@/lib/catalogue/context";
import { Sign } from "@/shared/icons";

export function About() {
  const t = useText();
  return (
    <div className="about">
      <Sign size={64} />
      <h2>Préau {__VERSION__}</h2>
      <p className="muted">{t("settings.licences")}</p>
      <p className="small faint">{t("settings.notOfficial")}</p>
    </div>
  );
}
