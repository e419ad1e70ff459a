import {
  Input,
  Label,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  Text,
  TextField,
} from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { Segmented } from "@/shared/Choice";

export function General() {
  const t = useText();
  const session = useSession();
  const settings = useApp((state) => state.settings);
  return (
    <>
      <div className="field">
        <span className="lab">{t("settings.language")}</span>
        <Segmented
          label={t("settings.language")}
          value={settings.language}
          onChange={(language) => session.saveSettings({ language })}
          options={[
            { id: "system", name: t("settings.systemLanguage") },
            { id: "fr", name: "Français" },
            { id: "en", name: "English" },
          ]}
        />
      </div>
      <div className="field">
        <span className="lab">{t("settings.theme")}</span>
        <Segmented
          label={t("settings.theme")}
          value={settings.theme}
          onChange={(theme) => session.saveSettings({ theme })}
          options={[
            { id: "system", name: t("settings.systemTheme") },
            { id: "light", name: t("settings.light") },
            { id: "dark", name: t("settings.dark") },
          ]}
        />
      </div>
      <Slider
        className="field slider"
        minValue={100}
        maxValue={200}
        step={10}
        value={settings.textScale}
        formatOptions={{ style: "unit", unit: "percent" }}
        onChange={(textScale) => session.saveSettings({ textScale: Number(textScale) })}
      >
        <span className="row">
          <Label className="lab grow">{t("settings.textSize")}</Label>
          <SliderOutput className="small" />
        </span>
        <SliderTrack className="slider-track">
          <SliderThumb className="slider-thumb" />
        </SliderTrack>
      </Slider>
      <TextField className="field" value={settings.name} onChange={(name) => session.saveSettings({ name })}>
        <Label className="lab">{t("settings.name")}</Label>
        <span className="input">
          <Input autoComplete="off" spellCheck={false} maxLength={80} />
        </span>
        <Text slot="description" className="help">
          {t("settings.nameHelp")}
        </Text>
      </TextField>
    </>
  );
}
