import { type KeyboardEvent, useRef, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useApp } from "@/lib/session/context";
import { IconButton } from "@/shared/Button";
import { faceGrid, GAP, type Size } from "../model/layout";
import { togglePin, useRoom, useRoomStore } from "../model/room";
import type { Someone } from "../model/someone";
import { FaceTile } from "./FaceTile";
import { useTileName } from "./useTileName";

interface Props {
  size: Size;
  people: readonly Someone[];
  page: number;
  pages: number;
}

const PAGER = 40;
const WHEEL_PAUSE_MS = 400;

/** One page of faces. It turns by button, wheel or PageDown, never by itself. */
export function FacesPage({ size, people, page, pages }: Props) {
  const t = useText();
  const room = useRoomStore();
  const textScale = useApp((state) => state.settings.textScale);
  const pinned = useRoom((now) => now.pinned);
  const nameOf = useTileName();
  const box = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState(0);
  const turnedAt = useRef(0);
  const stage =
    pages > 1 ? { ...size, height: size.height - (PAGER * Math.min(textScale, 150)) / 100 } : size;
  const grid = faceGrid(stage, people.length);
  const active = Math.min(current, Math.max(0, people.length - 1));

  const turn = (step: number) =>
    room.set((now) => ({ ...now, page: Math.min(pages - 1, Math.max(0, page + step)) }));
  const pin = (user: string) => room.set(togglePin(user));
  const focus = (index: number) => {
    setCurrent(index);
    (box.current?.children[index] as HTMLElement | undefined)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -grid.columns,
      ArrowDown: grid.columns,
      Home: -active,
      End: people.length - 1 - active,
    }[event.key];
    if (step !== undefined) {
      const next = active + step;
      if (next >= 0 && next < people.length) focus(next);
    } else if (event.key === "PageDown") turn(1);
    else if (event.key === "PageUp") turn(-1);
    else if (event.key === "Enter") pin(people[active]?.user ?? "");
    else return;
    event.preventDefault();
  };
  return (
    <div
      className="faces-page"
      data-region="faces"
      onWheel={(event) => {
        if (pages < 2 || event.timeStamp - turnedAt.current < WHEEL_PAUSE_MS || Math.abs(event.deltaY) < 8)
          return;
        turnedAt.current = event.timeStamp;
        turn(event.deltaY > 0 ? 1 : -1);
      }}
    >
      <ul
        ref={box}
        className="faces-grid"
        aria-label={t("class.faces")}
        style={{
          gridTemplateColumns: `repeat(${grid.columns}, ${Math.floor(grid.tile.width)}px)`,
          gridAutoRows: `${Math.floor(grid.tile.height)}px`,
          gap: GAP,
        }}
        onKeyDown={onKeyDown}
      >
        {people.map((person, index) => (
          <li
            key={person.user}
            className={person.talking ? "tile speaking" : "tile"}
            tabIndex={index === active ? 0 : -1}
            aria-label={nameOf(person)}
            onFocus={() => setCurrent(index)}
            onDoubleClick={() => pin(person.user)}
          >
            <FaceTile person={person} />
            {pinned.includes(person.user) ? (
              <span className="unpin">
                <IconButton
                  name={t("stage.unpin")}
                  icon="pin"
                  look="plain"
                  onPress={() => pin(person.user)}
                />
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {pages > 1 ? (
        <div className="pager">
          <IconButton
            name={t("stage.previousPage")}
            icon="left"
            isDisabled={page === 0}
            onPress={() => turn(-1)}
          />
          <span className="small">{t("stage.page", { page: page + 1, pages })}</span>
          <IconButton
            name={t("stage.nextPage")}
            icon="right"
            isDisabled={page === pages - 1}
            onPress={() => turn(1)}
          />
        </div>
      ) : null}
    </div>
  );
}
