import type { FaceState } from "@/lib/bindings/FaceState";
import type { Role } from "@/lib/bindings/Role";
import type { ClassView } from "@/lib/view/classView";
import { FACES_CAP } from "./layout";

/** A person as a tile shows them. */
export interface Someone {
  user: string;
  name: string;
  role: Role;
  mine: boolean;
  stream: string | null;
  face: FaceState | null;
  talking: boolean;
  muted: boolean;
  /** Place in the queue of hands, from 1. */
  hand: number | null;
}

/**
 * Everybody who gets a tile: me, every camera, raised hands, open microphones, and in a class that fits one page also
 * those without any of these.
 */
export function everyoneWithATile(view: ClassView): Someone[] {
  const tiles = new Map<string, Someone>();
  const hands = new Map(view.people.hands.map((hand, index) => [hand.user, index + 1]));
  const add = (user: string, name: string, role: Role, more: Partial<Someone> = {}) => {
    if (user === "" || tiles.has(user)) return;
    const voice = view.voices.get(user);
    const mine = user === view.me.user;
    tiles.set(user, {
      user,
      name,
      role,
      mine,
      stream: null,
      face: null,
      talking: mine ? view.sound.talking : (voice?.talking ?? false),
      muted: mine ? view.sound.muted : (voice?.muted ?? true),
      hand: hands.get(user) ?? null,
      ...more,
    });
  };
  const own = view.faces.find((face) => face.mine);
  add(view.me.user, view.me.name, view.me.role, own ? { stream: own.stream, face: own.state } : {});
  for (const face of view.faces) {
    add(face.user, face.name, face.role, { stream: face.stream, face: face.state });
  }
  for (const hand of view.people.hands) add(hand.user, hand.name, "pupil");
  for (const voice of view.voices.values()) if (!voice.muted) add(voice.user, voice.name, "pupil");
  if (view.people.total <= FACES_CAP) {
    for (const person of view.pages.get(0) ?? []) add(person.user, person.name, person.role);
  }
  return [...tiles.values()];
}

/** Two letters for a person without a picture; one symbol where the name begins with one. */
export function initials(name: string): string {
  const letters = [...name.trim()];
  const second = letters[1] ?? "";
  return `${(letters[0] ?? "?").toLocaleUpperCase()}${/\p{L}/u.test(second) ? second.toLocaleLowerCase() : ""}`;
}

/** One of six quiet colours, always the same for the same person. */
export function tint(user: string): number {
  let sum = 0;
  for (const letter of user) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return (sum % 6) + 1;
}
