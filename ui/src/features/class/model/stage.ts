import type { Share } from "@/lib/bindings/Share";
import { contentPlace, facesPerPage, type Size, type StripSide, stripCapacity } from "./layout";

/** What the switcher offers. */
export type LayoutName = "both" | "faces" | "content";

export interface LayoutChoice {
  layout: LayoutName;
  at: number;
}

export type Content = { kind: "screen" } | { kind: "mine" } | { kind: "speaker"; who: string };

/** What the stage shows. */
export type Layout =
  | { kind: "contentAndFaces"; side: StripSide; content: Content; faces: readonly string[]; more: number }
  | { kind: "faces"; page: number; pages: number; faces: readonly string[] }
  | { kind: "content"; content: Content }
  | { kind: "one"; who: string }
  | { kind: "two"; who: readonly [string, string] };

/** A person who just chose the faces is not thrown out of them by somebody's share. */
const CHOICE_HOLDS_MS = 5 * 60_000;

/** The switcher's position: the person's own choice, except that a share that began after it shows itself. */
export function layoutName(choice: LayoutChoice | null, sharedSince: number | null): LayoutName {
  if (sharedSince === null) return choice?.layout ?? "faces";
  if (choice === null) return "both";
  if (choice.at >= sharedSince) return choice.layout;
  return choice.layout === "faces" && sharedSince - choice.at < CHOICE_HOLDS_MS ? "faces" : "both";
}

/** Whether to offer a look at the share to somebody who stayed with the faces. */
export function offersContent(choice: LayoutChoice | null, sharedSince: number | null): boolean {
  return (
    sharedSince !== null &&
    choice !== null &&
    choice.at < sharedSince &&
    layoutName(choice, sharedSince) === "faces"
  );
}

export interface StageFacts {
  size: Size;
  name: LayoutName;
  share: Share;
  /** Width by height of what is shared. */
  ratio: number;
  order: readonly string[];
  /** Who speaks, or spoke last. */
  speaker: string | null;
  pinned: readonly string[];
  page: number;
  textScale: number;
  side?: StripSide | undefined;
}

export function stageLayout(facts: StageFacts): Layout {
  const pinned = facts.pinned.filter((user) => facts.order.includes(user));
  if (pinned[0] !== undefined && pinned[1] !== undefined) return { kind: "two", who: [pinned[0], pinned[1]] };
  if (pinned[0] !== undefined) return { kind: "one", who: pinned[0] };
  const content = contentOf(facts);
  if (facts.name === "faces" || content === null) return facesLayout(facts);
  if (facts.name === "content") return { kind: "content", content };
  const { side } = contentPlace(facts.size, facts.ratio, facts.side);
  const others =
    content.kind === "speaker" ? facts.order.filter((user) => user !== content.who) : facts.order;
  const room = stripCapacity(facts.size, side, facts.textScale);
  const faces = others.slice(0, room);
  return { kind: "contentAndFaces", side, content, faces, more: others.length - faces.length };
}

function contentOf({ share, speaker, order }: StageFacts): Content | null {
  if (share.kind === "theirs") return { kind: "screen" };
  if (share.kind === "mine" || share.kind === "starting") return { kind: "mine" };
  const who = speaker !== null && order.includes(speaker) ? speaker : (order[1] ?? order[0]);
  return who === undefined ? null : { kind: "speaker", who };
}

function facesLayout({ size, order, page, textScale }: StageFacts): Layout {
  const room = facesPerPage(size);
  const perPage = Math.max(1, textScale >= 150 ? Math.floor(room / 2) : room);
  const pages = Math.max(1, Math.ceil(order.length / perPage));
  const shown = Math.min(Math.max(0, page), pages - 1);
  return { kind: "faces", page: shown, pages, faces: order.slice(shown * perPage, (shown + 1) * perPage) };
}

/** The people whose pictures are on screen: all others cost nothing. */
export function facesOnScreen(layout: Layout): readonly string[] {
  switch (layout.kind) {
    case "faces":
      return layout.faces;
    case "contentAndFaces":
      return layout.content.kind === "speaker" ? [layout.content.who, ...layout.faces] : layout.faces;
    case "content":
      return layout.content.kind === "speaker" ? [layout.content.who] : [];
    case "one":
      return [layout.who];
    case "two":
      return layout.who;
  }
}
