import { useText } from "@/lib/catalogue/context";
import type { Someone } from "../model/someone";

/** A tile in words: who, how their microphone is, and their place in the queue. */
export function useTileName(): (person: Someone) => string {
  const t = useText();
  return (person) => {
    const name = person.mine ? t("you") : person.name;
    const said = person.talking
      ? t("tile.speaking", { name })
      : person.muted
        ? t("tile.muted", { name })
        : t("tile.open", { name });
    return person.hand === null ? said : `${said}, ${t("tile.hand", { n: person.hand })}`;
  };
}
