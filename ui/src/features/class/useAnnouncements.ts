import { useEffect, useRef } from "react";
import { useLocale } from "@/lib/catalogue/context";
import { ordinal } from "@/lib/catalogue/when";
import { useClass } from "@/lib/session/context";
import { useVoice } from "@/shared/Announcer";
import { useRoom } from "./model/room";

const CHAT_SIGNS = 120;

/** What is spoken of the class. Who comes, goes or speaks never is. */
export function useAnnouncements(): void {
  const { text: t, language } = useLocale();
  const voice = useVoice();
  const sound = useClass((view) => view.sound);
  const me = useClass((view) => view.me);
  const hands = useClass((view) => view.people.hands);
  const share = useClass((view) => view.share);
  const link = useClass((view) => view.link.state);
  const messages = useClass((view) => view.chat.messages);
  const chatOpen = useRoom((room) => room.panel === "chat");

  const open = sound.state === "on" && !sound.muted && !sound.listenOnly;
  useEffect(() => voice.setMicrophoneOpen(open), [voice, open]);

  const wasOpen = useRef<boolean | null>(null);
  useEffect(() => {
    if (sound.state !== "on") return;
    const before = wasOpen.current;
    wasOpen.current = open;
    if (before === null || before === open || sound.byTeacher) return;
    const text = open ? t("mic.openSpoken") : t("mic.mutedSpoken");
    voice.say("assertive", { kind: "microphone", text });
  }, [open, sound.state, sound.byTeacher, t, voice]);

  const raised = me.hand !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: said when the hand goes up, not when the queue moves
  useEffect(() => {
    if (me.hand !== null)
      voice.say("polite", { kind: "myHand", text: t("hand.up", { place: ordinal(language, me.hand) }) });
  }, [raised]);

  const handsBefore = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const before = handsBefore.current;
    handsBefore.current = new Set(hands.map((hand) => hand.user));
    if (!before || !me.may.lowerHands) return;
    const fresh = hands.some((hand) => !before.has(hand.user) && hand.user !== me.user);
    if (!fresh) return;
    const names = hands.map((hand) => hand.name).join(", ");
    const text =
      hands.length === 1 ? t("hand.announce", { names }) : t("hand.announceMany", { n: hands.length, names });
    voice.say("polite", { kind: "hand", text });
  }, [hands, me.may.lowerHands, me.user, t, voice]);

  const seen = useRef<number | null>(null);
  useEffect(() => {
    const before = seen.current;
    seen.current = messages.at(-1)?.at ?? 0;
    if (before === null || chatOpen) return;
    const fresh = messages.filter(
      (message) => message.at > before && !message.mine && message.state === "sent",
    );
    const last = fresh.at(-1);
    if (!last) return;
    const said = [...last.text].slice(0, CHAT_SIGNS).join("");
    const text =
      fresh.length > 4
        ? t("chat.announceMany", { n: fresh.length })
        : t("chat.announce", { name: last.name, text: said });
    voice.say("polite", { kind: "chat", text });
  }, [messages, chatOpen, t, voice]);

  const sharer = share.kind === "theirs" ? share.name : null;
  useEffect(() => {
    if (sharer !== null) voice.say("polite", { kind: "share", text: t("share.announce", { name: sharer }) });
  }, [sharer, t, voice]);

  const lost = link === "lost";
  useEffect(() => {
    if (lost) voice.say("assertive", { kind: "net", text: t("net.lostName") });
  }, [lost, t, voice]);
}
