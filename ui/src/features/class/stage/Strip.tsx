import { type KeyboardEvent, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { Icon } from "@/shared/icons";
import type { StripSide } from "../model/layout";
import { togglePin, useRoomStore } from "../model/room";
import type { Someone } from "../model/someone";
import { FaceTile } from "./FaceTile";
import { useTileName } from "./useTileName";

/** A line of faces beside the content, and the way to all the others. */
export function Strip({ people, more, side }: { people: readonly Someone[]; more: number; side: StripSide }) {
  const t = useText();
  const room = useRoomStore();
  const nameOf = useTileName();
  const list = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState(0);
  const active = Math.min(current, Math.max(0, people.length - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    const back = event.key === "ArrowLeft" || event.key === "ArrowUp";
    if (!back && event.key !== "ArrowRight" && event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Enter") {
      room.set(togglePin(people[active]?.user ?? ""));
      return;
    }
    const next = Math.min(people.length - 1, Math.max(0, active + (back ? -1 : 1)));
    setCurrent(next);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className={`strip at-${side}`} data-region="faces">
      <ul ref={list} aria-label={t("class.faces")} onKeyDown={onKeyDown}>
        {people.map((person, index) => (
          <li
            key={person.user}
            className={person.talking ? "tile speaking" : "tile"}
            tabIndex={index === active ? 0 : -1}
            aria-label={nameOf(person)}
            onFocus={() => setCurrent(index)}
            onDoubleClick={() => room.set(togglePin(person.user))}
          >
            <FaceTile person={person} />
          </li>
        ))}
      </ul>
      {more > 0 ? (
        <Button
          className="more-faces"
          aria-label={t("stage.others", { n: more })}
          onPress={() =>
            room.set((now) => ({ ...now, choice: { layout: "faces", at: Date.now() }, page: 0 }))
          }
        >
          +{more}
          <Icon name="right" size="xs" />
        </Button>
      ) : null}
    </div>
  );
}
