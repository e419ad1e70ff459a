import type { Face } from "@/lib/bindings/Face";
import type { Message } from "@/lib/bindings/Message";
import type { Person } from "@/lib/bindings/Person";
import type { Quiet } from "@/lib/bindings/Quiet";

/** The imaginary class: a teacher and her pupils. Each is drawn by its number. */
export const NAMES = [
  "Noé",
  "Lina",
  "Adam",
  "Jade",
  "Hugo",
  "Inès",
  "Louise",
  "Gabriel",
  "Emma",
  "Yanis",
  "Chloé",
  "Nathan",
  "Sarah",
  "Rayan",
  "Manon",
  "Théo",
  "Aya",
  "Lucas",
  "Zoé",
  "Mathis",
  "Léa",
  "Ilyès",
  "Rose",
  "Tom",
  "Anaïs",
  "Kenza",
  "Maël",
] as const;

export const TEACHER = "Camille";
const WITHOUT_CAMERA = new Set(["Chloé", "Théo", "Kenza"]);

export interface CastOptions {
  pupils: number;
  /** I am the first pupil instead of the teacher. */
  asPupil: boolean;
}

export interface Cast {
  me: string;
  people: Person[];
  faces: Face[];
}

const idOf = (name: string) => `w_${name.toLowerCase()}`;

export function castOf({ pupils, asPupil }: CastOptions): Cast {
  const names = Array.from(
    { length: pupils },
    (_, n) => NAMES[n] ?? `${NAMES[n % NAMES.length]} ${Math.floor(n / NAMES.length) + 1}`,
  );
  const me = asPupil ? idOf("Jade") : idOf(TEACHER);
  const person = (name: string, teacher: boolean): Person => ({
    user: idOf(name),
    name,
    role: teacher ? "teacher" : "pupil",
    presenter: teacher,
    me: idOf(name) === me,
    away: false,
    hand: false,
    camera: !WITHOUT_CAMERA.has(name),
    inVoice: true,
    listenOnly: name === "Kenza",
    locked: !teacher,
    guest: false,
    color: null,
  });
  const sorted = [...names].sort((a, b) => a.localeCompare(b));
  const people = [person(TEACHER, true), ...sorted.map((name) => person(name, false))];
  const faces: Face[] = [TEACHER, ...names.slice(0, 36)]
    .filter((name) => !WITHOUT_CAMERA.has(name))
    .map((name) => ({
      stream: `stream-${idOf(name)}`,
      user: idOf(name),
      name,
      mine: idOf(name) === me,
      role: name === TEACHER ? "teacher" : "pupil",
      state: "live",
    }));
  return { me, people, faces };
}

/** Nine who have not taken part yet. */
export function quietOf({ people }: Cast): Quiet[] {
  const taken = new Set([TEACHER, ...NAMES.slice(0, 10)]);
  const rest = people.filter((person) => !person.me && !taken.has(person.name));
  return rest.slice(0, 9).map(({ user, name }) => ({ user, name }));
}

/** The number a stream is drawn by. */
export function numberOf(stream: string): number {
  const index = NAMES.findIndex((name) => stream === `stream-${idOf(name)}`);
  return index < 0 ? 27 : index;
}

export function conversation(cast: Cast, now: number): Message[] {
  const said: [string, string, number][] = [
    [TEACHER, "Ouvrez le livre page 42, on fait l'exercice 3 ensemble.", 9],
    ["Noé", "Le b) aussi ?", 7],
    [TEACHER, "Oui, a) et b). Prenez deux minutes.", 6],
    ["Lina", "Je trouve 10/15", 3],
    ["Hugo", "On garde 15 en bas ?", 2],
    [TEACHER, "Regardez aussi https://fr.wikipedia.org/wiki/Fraction pour la méthode.", 1],
  ];
  return said.map(([name, text, minutes], index) => ({
    id: `m${index}`,
    user: idOf(name),
    name,
    role: name === TEACHER ? "teacher" : "pupil",
    mine: idOf(name) === cast.me,
    text,
    at: now - minutes * 60_000,
    state: "sent",
  }));
}
