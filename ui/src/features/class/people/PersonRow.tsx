import { memo, useRef, useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { Person } from "@/lib/bindings/Person";
import { useText } from "@/lib/catalogue/context";
import { useClass, useSession } from "@/lib/session/context";
import { Icon } from "@/shared/icons";
import { Avatar, SpeakingBars } from "@/shared/Pieces";
import { type VoiceLook, voiceLook } from "../model/peopleRows";
import { initials, tint } from "../model/someone";

interface Props {
  index: number;
  rows: number;
  height: number;
  person: Person | undefined;
  active: boolean;
  onFocus: () => void;
}

export const PersonRow = memo(function PersonRow({ index, rows, height, person, active, onFocus }: Props) {
  const t = useText();
  const session = useSession();
  const [open, setOpen] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const voice = useClass((view) => (person ? view.voices.get(person.user) : undefined));
  const place = useClass((view) =>
    person ? view.people.hands.findIndex((hand) => hand.user === person.user) : -1,
  );
  const may = useClass((view) => view.me.may);
  const at = { style: { top: index * height, height }, "aria-posinset": index + 1, "aria-setsize": rows };
  if (!person) return <li className="li loading" {...at} aria-label="…" />;
  const look = voiceLook(person, voice);
  const mayMute = may.muteOthers && !person.me && (look === "open" || look === "speaking");
  const mayLower = may.lowerHands && place >= 0;
  const words = {
    speaking: t("people.speaks"),
    open: t("people.micOpen"),
    muted: t("people.micOff"),
    listening: t("people.listens"),
    none: "",
  };
  const role =
    person.me && person.role === "teacher"
      ? t("youTeacher")
      : person.me
        ? t("you")
        : person.role === "teacher"
          ? t("teacher")
          : null;
  const name = [
    person.name,
    role,
    person.presenter ? t("people.presents") : null,
    place >= 0 ? t("tile.hand", { n: place + 1 }) : null,
    words[look],
  ];
  const act = (key: string) =>
    session.intent(
      key === "mute" ? { kind: "mute", user: person.user } : { kind: "lowerHand", user: person.user },
    );
  return (
    <li
      ref={row}
      className={person.away ? "li away" : "li"}
      {...at}
      data-row={index}
      tabIndex={active ? 0 : -1}
      aria-label={name.filter(Boolean).join(", ")}
      onFocus={onFocus}
      onContextMenu={(event) => {
        event.preventDefault();
        setOpen(mayMute || mayLower);
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || !(mayMute || mayLower)) return;
        if (event.key === "Enter" || (event.key === "F10" && event.shiftKey)) {
          event.preventDefault();
          setOpen(true);
        }
      }}
    >
      <Avatar letters={initials(person.name)} tint={tint(person.user)} />
      <span className="name cut" title={person.name}>
        {person.name}
      </span>
      {role ? <span className="tag">{role}</span> : null}
      {person.presenter && !person.me ? <span className="tag">{t("people.presents")}</span> : null}
      {person.away ? <span className="tag">{t("people.away")}</span> : null}
      <span className="grow" />
      {mayMute || mayLower ? (
        <MenuTrigger isOpen={open} onOpenChange={setOpen}>
          <AriaButton
            className="btn quiet icon dense row-more"
            aria-label={t("people.moreOn", { name: person.name })}
            excludeFromTabOrder
          >
            <Icon name="more" size="s" />
          </AriaButton>
          <Popover
            className="popover"
            placement="bottom end"
            onOpenChange={(next) => !next && row.current?.focus()}
          >
            <Menu className="menu" onAction={(key) => act(String(key))}>
              {mayMute ? (
                <MenuItem id="mute" className="option">
                  <Icon name="microphoneOff" size="s" />
                  {t("people.mute")}
                </MenuItem>
              ) : null}
              {mayLower ? (
                <MenuItem id="lower" className="option">
                  <Icon name="hand" size="s" />
                  {t("people.lowerHand")}
                </MenuItem>
              ) : null}
            </Menu>
          </Popover>
        </MenuTrigger>
      ) : null}
      {place >= 0 ? (
        <span className="chip hand" aria-hidden="true">
          <Icon name="hand" size="xs" />
          {place + 1}
        </span>
      ) : null}
      <VoiceSign look={look} />
    </li>
  );
});

function VoiceSign({ look }: { look: VoiceLook }) {
  return (
    <span className={`voice ${look}`} aria-hidden="true">
      {look === "speaking" ? <SpeakingBars /> : null}
      {look === "open" ? <Icon name="microphone" size="s" /> : null}
      {look === "muted" ? <Icon name="microphoneOff" size="s" /> : null}
      {look === "listening" ? <Icon name="headset" size="s" /> : null}
    </span>
  );
}
