import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { Button } from "@/shared/Button";
import { Icon } from "@/shared/icons";
import { useActions } from "../useActions";

/** In place of my own screen, which would show itself in itself: what the class sees, and the way to stop. */
export function MyShare() {
  const t = useText();
  const actions = useActions();
  const share = useClass((view) => view.share);
  const starting = share.kind === "starting";
  return (
    <div className="content" data-region="content">
      <div className="sheet mine">
        <span className="mine-sign">
          <Icon name="share" />
        </span>
        <h2>{share.kind === "mine" ? t("share.mine", { source: share.source }) : t("share.starting")}</h2>
        {starting ? null : <p className="muted">{t("share.mineHelp")}</p>}
        <Button look="danger" icon="stopShare" onPress={actions.stopSharing}>
          {starting ? t("cancel") : t("share.stop")}
        </Button>
      </div>
    </div>
  );
}
