import type { DeviceKind } from "@/lib/backend/Backend";
import type { DeviceTrouble } from "@/lib/bindings/DeviceTrouble";
import type { Notice } from "@/lib/bindings/Notice";
import type { Text } from "@/lib/catalogue/text";

export interface NoticeSentence {
  text: string;
  look: "plain" | "info" | "warn" | "bad";
  /** Small, for the IT person. */
  code: string | null;
  /** Goes by itself after this long; null stays until it is closed. */
  lasts: number | null;
  /** The device whose setting of the system helps. */
  setting?: DeviceKind;
}

const CAMERA = {
  none: "cam.none",
  busy: "cam.busy",
  blocked: "cam.blocked",
  gone: "cam.gone",
  locked: "cam.locked",
} as const satisfies Record<DeviceTrouble, string>;

const CALM = 10_000;

/** The sentence of a notice; null for the one that is a tip over the microphone. */
export function noticeSentence(notice: Notice, t: Text): NoticeSentence | null {
  const say = (
    text: string,
    look: NoticeSentence["look"],
    lasts: number | null,
    code: string | null = null,
  ) => ({
    text,
    look,
    code,
    lasts,
  });
  switch (notice.key) {
    case "mutedByTeacher":
      return say(t("mic.byTeacher"), "info", CALM);
    case "microphoneGone":
      return say(t("mic.gone", { name: notice.name }), "warn", CALM);
    case "microphoneBack":
      return say(t("mic.back"), "plain", CALM);
    case "noMicrophone":
      return say(t("mic.none"), "warn", null);
    case "microphoneBlocked":
      return { ...say(t("mic.blocked"), "bad", null, "E-MIC-BLOCKED"), setting: "microphone" };
    case "noSpeaker":
      return say(t("speaker.none"), "warn", null);
    case "speakingMuted":
      return null;
    case "microphoneLocked":
      return say(t("mic.locked"), "info", CALM);
    case "soundFailed":
      return say(t("sound.failed"), "bad", null, notice.code);
    case "camera":
      return notice.trouble === "blocked"
        ? { ...say(t("cam.blocked"), "bad", null, "E-CAM-BLOCKED"), setting: "camera" }
        : say(t(CAMERA[notice.trouble]), "warn", null);
    case "cameraFailed":
      return say(t("cam.failed"), "bad", null, notice.code);
    case "shareRefused":
      return say(t("share.refused"), "warn", null);
    case "shareGone":
      return say(t("share.gone"), "info", CALM);
    case "shareTaken":
      return say(t("share.taken", { name: notice.name }), "info", CALM);
    case "shareFailed":
      return say(t("share.failed"), "bad", null, notice.code);
    case "actionRefused":
      return say(t("act.refused"), "warn", CALM);
    case "actionTooLate":
      return say(t("act.tooLate"), "warn", CALM);
    case "handLowered":
      return say(t("hand.lowered"), "info", CALM);
    case "back":
      return say(notice.sent > 0 ? t("net.backWith", { n: notice.sent }) : t("net.back"), "plain", 4000);
    default:
      return null;
  }
}
