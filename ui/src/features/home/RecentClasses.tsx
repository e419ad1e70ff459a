import { useCallback, useEffect, useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { RecentClass } from "@/lib/bindings/RecentClass";
import { useLocale } from "@/lib/catalogue/context";
import { lastUsed } from "@/lib/catalogue/when";
import { useSession } from "@/lib/session/context";
import { Button } from "@/shared/Button";
import { Icon } from "@/shared/icons";

export function RecentClasses() {
  const { text: t } = useLocale();
  const session = useSession();
  const [classes, setClasses] = useState<RecentClass[] | null>(null);
  const load = useCallback(() => {
    session.backend.recentClasses().then(setClasses, () => setClasses([]));
  }, [session]);
  useEffect(load, [load]);
  const forget = (id: string) => {
    setClasses((now) => now?.filter((known) => known.id !== id) ?? null);
    session.backend.forgetClass(id).catch(load);
  };
  return (
    <section aria-labelledby="classes">
      <h2 id="classes" className="home-head">
        {t("home.classes")}
      </h2>
      {classes?.length === 0 ? <p className="card home-empty muted">{t("home.empty")}</p> : null}
      {classes && classes.length > 0 ? (
        <ul className="card classes" aria-labelledby="classes">
          {classes.map((known) => (
            <ClassRow key={known.id} known={known} onForget={() => forget(known.id)} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function ClassRow({ known, onForget }: { known: RecentClass; onForget: () => void }) {
  const { text: t, language } = useLocale();
  const session = useSession();
  return (
    <li className="class-row">
      <span className="class-mark" aria-hidden="true">
        {[...known.name].slice(0, 2).join("")}
      </span>
      <span className="grow class-name">
        <span className="name cut" title={known.name}>
          {known.name}
        </span>
        <span className="small faint cut" title={known.where}>
          {known.where}
        </span>
      </span>
      <span className="class-state">
        <span className="ring" aria-hidden="true" />
        {lastUsed(t, language, known.lastUsed, Date.now())}
      </span>
      <Button
        size="dense"
        aria-label={t("home.rejoinClass", { name: known.name })}
        onPress={() => session.open({ kind: "recent", id: known.id, name: known.name })}
      >
        {t("home.rejoin")}
      </Button>
      <MenuTrigger>
        <AriaButton className="btn quiet icon dense" aria-label={t("home.moreOn", { name: known.name })}>
          <Icon name="more" size="s" />
        </AriaButton>
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" onAction={onForget}>
            <MenuItem className="option" id="forget">
              <Icon name="close" size="s" />
              {t("home.forget")}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </li>
  );
}
