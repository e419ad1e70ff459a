import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useApp, useClass, useSession } from "@/lib/session/context";
import { useSize } from "@/lib/util/useSize";
import { personAt, ROW, rowCount, rowsInView, typeAhead } from "../model/peopleRows";
import { PersonRow } from "./PersonRow";

const ASK_AFTER_MS = 120;
const TYPED_MS = 700;

/** Everybody, by rows: only those in view are drawn, only their pages are asked for. */
export function PeopleList({ search }: { search: string }) {
  const t = useText();
  const session = useSession();
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const [top, setTop] = useState(0);
  const [active, setActive] = useState(0);
  const typed = useRef({ text: "", at: 0 });
  const scale = useApp((state) => state.settings.textScale);
  const total = useClass((view) => view.people.total);
  const pages = useClass((view) => view.pages);
  const row = Math.round((ROW * scale) / 100);
  const rows = rowCount(pages, total, search);
  const shown = rowsInView(top, size.height || 600, row, rows);
  const { from, to } = search.trim() === "" ? shown : { from: 0, to: Math.max(50, shown.to) };

  useEffect(() => {
    const timer = setTimeout(() => session.intent({ kind: "showPeople", from, to, search }), ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [session, from, to, search]);
  useEffect(() => () => session.intent({ kind: "showPeople", from: 0, to: 0, search: "" }), [session]);

  const focus = (index: number) => {
    const next = Math.min(rows - 1, Math.max(0, index));
    setActive(next);
    const element = box.current;
    if (!element) return;
    if (next * row < element.scrollTop) element.scrollTop = next * row;
    if ((next + 1) * row > element.scrollTop + element.clientHeight) {
      element.scrollTop = (next + 1) * row - element.clientHeight;
    }
    requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof Element && !event.target.matches("[data-row]")) return;
    const page = Math.max(1, Math.floor(size.height / row) - 1);
    const moves: Record<string, number> = {
      ArrowUp: active - 1,
      ArrowDown: active + 1,
      PageUp: active - page,
      PageDown: active + page,
      Home: 0,
      End: rows - 1,
    };
    const move = moves[event.key];
    if (move !== undefined) focus(move);
    else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const fresh = event.timeStamp - typed.current.at > TYPED_MS;
      typed.current = { text: (fresh ? "" : typed.current.text) + event.key, at: event.timeStamp };
      const found = typeAhead(pages, rows, fresh ? active + 1 : active, typed.current.text);
      if (found !== null) focus(found);
    } else return;
    event.preventDefault();
  };
  const current = Math.min(active, Math.max(0, rows - 1));
  const drawn = Array.from({ length: shown.to - shown.from }, (_, step) => shown.from + step);
  if (current < shown.from || current >= shown.to) drawn.push(current);
  return (
    <div ref={box} className="people" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      {rows === 0 && search !== "" ? <p className="panel-empty">{t("people.none")}</p> : null}
      <ul aria-label={t("people.inClass")} style={{ height: rows * row }} onKeyDown={onKeyDown}>
        {drawn
          .filter((index) => index < rows)
          .map((index) => (
            <PersonRow
              key={index}
              index={index}
              rows={rows}
              height={row}
              person={personAt(pages, index)}
              active={index === current}
              onFocus={() => setActive(index)}
            />
          ))}
      </ul>
    </div>
  );
}
