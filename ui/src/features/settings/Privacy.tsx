import { useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { Button } from "@/shared/Button";

export function Privacy() {
  const t = useText();
  const session = useSession();
  const inMemory = useApp((state) => state.secretsInMemory);
  const [erased, setErased] = useState(false);
  const erase = async () => {
    const classes = await session.backend.recentClasses();
    await Promise.all(classes.map((known) => session.backend.forgetClass(known.id)));
    setErased(true);
  };
  return (
    <>
      <div className="field">
        <h2>{t("settings.kept")}</h2>
        <p className="muted">{t("settings.keptText")}</p>
        {inMemory ? <p className="notice info">{t("secret.memory")}</p> : null}
      </div>
      <div className="row">
        <Button onPress={() => void erase().catch(() => {})}>{t("settings.eraseClasses")}</Button>
        <span className="help" role="status">
          {erased ? t("settings.erased") : ""}
        </span>
      </div>
    </>
  );
}
