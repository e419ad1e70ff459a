import { useEffect, useState } from "react";
import { Radio, RadioGroup } from "react-aria-components";
import type { ShareSource } from "@/lib/bindings/ShareSource";
import { useText } from "@/lib/catalogue/context";
import { useSession } from "@/lib/session/context";
import { Button } from "@/shared/Button";
import { Icon } from "@/shared/icons";
import { DialogLayer } from "@/shared/Layers";
import { Video } from "@/shared/Video";

/** What to show: windows first, because they show less; each with a still of itself. */
export function SharePicker({ onClose }: { onClose: () => void }) {
  const t = useText();
  const session = useSession();
  const [sources, setSources] = useState<ShareSource[] | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => {
    session.backend.shareSources().then(setSources, () => setSources([]));
  }, [session]);
  const source = sources?.find((each) => each.id === chosen);
  const windows = sources?.filter((each) => !each.screen) ?? [];
  const screens = sources?.filter((each) => each.screen) ?? [];
  return (
    <DialogLayer
      title={t("picker.title")}
      open
      onClose={onClose}
      width="60rem"
      footer={
        <>
          <Button onPress={onClose}>{t("cancel")}</Button>
          <Button
            look="primary"
            icon="share"
            isDisabled={!source}
            onPress={() => {
              if (!source) return;
              onClose();
              session.intent({ kind: "startSharing", source: source.id });
            }}
          >
            {source ? t("picker.show", { name: source.title }) : t("picker.choose")}
          </Button>
        </>
      }
    >
      {sources?.length === 0 ? <p className="muted">{t("picker.none")}</p> : null}
      <RadioGroup className="picker" aria-label={t("picker.title")} value={chosen} onChange={setChosen}>
        {windows.length > 0 ? <h3 className="muted">{t("picker.windows")}</h3> : null}
        <div className="sources">
          {windows.map((each) => (
            <Source key={each.id} source={each} second={null} />
          ))}
        </div>
        {screens.length > 0 ? <h3 className="muted">{t("picker.screens")}</h3> : null}
        <div className="sources">
          {screens.map((each) => (
            <Source key={each.id} source={each} second={t("picker.everything")} />
          ))}
          <p className="notice info advice">
            <Icon name="info" />
            <span className="grow small">
              <b>{t("picker.adviceHead")}</b> {t("picker.advice")}
            </span>
          </p>
        </div>
      </RadioGroup>
    </DialogLayer>
  );
}

function Source({ source, second }: { source: ShareSource; second: string | null }) {
  return (
    <Radio value={source.id} className="source">
      <span className="still">
        <Video source={{ kind: "still", source: source.id }} fit="contain" name={source.title} />
        <span className="source-tick">
          <Icon name="check" size="s" />
        </span>
      </span>
      <span className="source-name cut" title={source.title}>
        {source.title}
      </span>
      {second ? <span className="small muted">{second}</span> : null}
    </Radio>
  );
}
