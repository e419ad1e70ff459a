import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { useActions } from "../useActions";
import { Control } from "./Control";

export function ShareControl() {
  const t = useText();
  const actions = useActions();
  const kind = useClass((view) => view.share.kind);
  const mine = kind === "mine" || kind === "starting";
  return (
    <Control
      icon={mine ? "stopShare" : "share"}
      word={mine ? t("control.stop") : t("control.share")}
      tip={`${mine ? t("share.stop") : t("picker.title")} · Ctrl+Shift+S`}
      tone={mine ? "active" : "plain"}
      pending={kind === "starting"}
      onPress={actions.toggleShare}
    />
  );
}

export function HandControl() {
  const t = useText();
  const actions = useActions();
  const hand = useClass((view) => view.me.hand);
  const pending = useClass((view) => view.me.handPending);
  const up = hand !== null;
  return (
    <Control
      icon="hand"
      word={up ? t("control.handUp") : t("control.hand")}
      tip={`${up ? t("control.lower") : t("control.raise")} · Ctrl+H`}
      tone={up ? "hand" : "plain"}
      pressed={up}
      pending={pending}
      onPress={actions.toggleHand}
    />
  );
}

export function LeaveControl() {
  const t = useText();
  const actions = useActions();
  return (
    <Control
      icon="leave"
      word={t("leave")}
      tip={`${t("leave")} · Ctrl+Shift+L`}
      tone="leave"
      onPress={() => actions.leave(false)}
    />
  );
}
