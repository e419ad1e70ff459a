import type { EndReason } from "@/lib/bindings/EndReason";
import type { TextKey } from "@/lib/catalogue/text";

type PlainKey = Extract<
  TextKey,
  `link.${string}` | `join.${string}` | `end.${string}` | `net.${string}` | "ended.left"
>;

/** What happened, as a sentence, and the small code for the IT person where something failed. */
export const END_TEXT = {
  left: { key: "ended.left", code: null },
  closed: { key: "end.closed", code: null },
  timeUp: { key: "end.time", code: null },
  ejected: { key: "end.ejected", code: null },
  banned: { key: "end.banned", code: null },
  duplicate: { key: "end.duplicate", code: null },
  inactive: { key: "end.inactive", code: "E-END-INACTIVE" },
  notAllowed: { key: "end.permission", code: "E-END-PERMISSION" },
  linkWrong: { key: "link.wrong", code: "E-LINK-WRONG" },
  linkUsed: { key: "link.used", code: "E-LINK-USED" },
  full: { key: "join.full", code: "E-JOIN-FULL" },
  notStarted: { key: "join.notStarted", code: "E-JOIN-NOT-STARTED" },
  refused: { key: "join.refused", code: null },
  version: { key: "join.version", code: "E-JOIN-VERSION" },
  unreachable: { key: "net.unreachable", code: "E-NET-SERVER" },
  noNetwork: { key: "net.noNetwork", code: "E-NET-NONE" },
  dns: { key: "net.dns", code: "E-NET-DNS" },
  certificate: { key: "net.cert", code: "E-NET-CERT" },
  clock: { key: "net.clock", code: "E-NET-CLOCK" },
  proxy: { key: "net.proxy", code: "E-NET-PROXY" },
  sessionExpired: { key: "join.signin", code: "E-JOIN-SIGNIN" },
  unknown: { key: "join.failed", code: "E-JOIN-UNKNOWN" },
} as const satisfies Record<EndReason, { key: PlainKey; code: string | null }>;
