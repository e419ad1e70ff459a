import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { useVoice } from "@/shared/Announcer";
import { Button } from "@/shared/Button";
import { Icon } from "@/shared/icons";
import { Avatar } from "@/shared/Pieces";
import { initials, tint } from "../model/someone";

/** Who has not taken part yet, opened in place; one of them can be picked at random. */
export function QuietBox() {
  const t = useText();
  const voice = useVoice();
  const quiet = useClass((view) => view.people.quiet);
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState<string | null>(null);
  if (quiet === null || quiet.length === 0) return null;
  const chosen = quiet.find((person) => person.user === picked);
  const pick = () => {
    const others = quiet.filter((person) => person !== chosen);
    const next = others[Math.floor(Math.random() * others.length)] ?? chosen;
    if (!next) return;
    setPicked(next.user);
    voice.say("assertive", { kind: "picked", text: t("people.picked", { name: next.name }) });
  };
  return (
    <section className={open ? "quiet open" : "quiet"}>
      <AriaButton className="sect" aria-expanded={open} onPress={() => setOpen(!open)}>
        <span className="grow">{t("people.quiet", { n: quiet.length })}</span>
        <Icon name="down" size="s" />
      </AriaButton>
      {open ? (
        <>
          <div className="quiet-pick">
            <Button size="dense" onPress={pick}>
              {t("people.random")}
            </Button>
            {chosen ? (
              <>
                <Avatar letters={initials(chosen.name)} tint={tint(chosen.user)} />
                <span className="name cut" title={chosen.name}>
                  {chosen.name}
                </span>
              </>
            ) : null}
          </div>
          <ul>
            {quiet.map((person) => (
              <li key={person.user} className={person === chosen ? "picked" : ""}>
                {person.name}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}
