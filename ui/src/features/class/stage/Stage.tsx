import { useEffect, useMemo, useRef, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { useSize } from "@/lib/util/useSize";
import type { StripSide } from "../model/layout";
import { useRoom } from "../model/room";
import { everyoneWithATile, type Someone } from "../model/someone";
import { facesOnScreen, type Layout, layoutName, stageLayout } from "../model/stage";
import { ContentView } from "./ContentView";
import { FacesPage } from "./FacesPage";
import { Strip } from "./Strip";
import { useFaceOrder } from "./useFaceOrder";

const WIDE = 16 / 9;

/** Content and faces, never one over the other. */
export function Stage() {
  const t = useText();
  const box = useRef<HTMLElement>(null);
  const size = useSize(box);
  const view = useApp((state) => state.view);
  const textScale = useApp((state) => state.settings.textScale);
  const room = useRoom((now) => now);
  const [ratio, setRatio] = useState(WIDE);
  const side = useRef<StripSide>();
  const shown = useRef<Layout | null>(null);

  const people = useMemo(() => everyoneWithATile(view), [view]);
  const byUser = useMemo(() => new Map(people.map((person) => [person.user, person])), [people]);
  const { order, speaker } = useFaceOrder(people, shown);
  const layout = stageLayout({
    size,
    name: layoutName(room.choice, room.sharedSince),
    share: view.share,
    ratio: view.share.kind === "theirs" ? ratio : WIDE,
    order,
    speaker,
    pinned: room.pinned,
    page: room.page,
    textScale,
    side: side.current,
  });
  shown.current = layout;
  side.current = layout.kind === "contentAndFaces" ? layout.side : undefined;
  useShowFaces(layout, byUser);

  const someone = (user: string) => byUser.get(user);
  const persons = (users: readonly string[]) => users.map(someone).filter((one) => one !== undefined);
  return (
    <section ref={box} className="stage" aria-label={t("class.stage")}>
      {size.width === 0 ? null : layout.kind === "faces" ? (
        <FacesPage size={size} people={persons(layout.faces)} page={layout.page} pages={layout.pages} />
      ) : layout.kind === "one" || layout.kind === "two" ? (
        <FacesPage
          size={size}
          people={persons(layout.kind === "one" ? [layout.who] : layout.who)}
          page={0}
          pages={1}
        />
      ) : (
        <div className={layout.kind === "contentAndFaces" ? `both at-${layout.side}` : "both"}>
          {layout.kind === "contentAndFaces" ? (
            <Strip people={persons(layout.faces)} more={layout.more} side={layout.side} />
          ) : null}
          <ContentView content={layout.content} someone={someone} onRatio={setRatio} />
        </div>
      )}
    </section>
  );
}

/** Only cameras on screen are asked for. */
function useShowFaces(layout: Layout, byUser: ReadonlyMap<string, Someone>): void {
  const session = useSession();
  const streams = facesOnScreen(layout)
    .map((user) => byUser.get(user))
    .filter((one) => one !== undefined && !one.mine && one.stream !== null)
    .map((one) => one?.stream ?? "");
  const key = JSON.stringify(streams.sort());
  useEffect(() => {
    session.intent({ kind: "showFaces", streams: JSON.parse(key) as string[] });
  }, [session, key]);
}
