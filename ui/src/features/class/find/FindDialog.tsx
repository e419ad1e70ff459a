import { useState } from "react";
import { Autocomplete, Input, Menu, MenuItem, SearchField, useFilter } from "react-aria-components";
import { useLocale } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { useVoice } from "@/shared/Announcer";
import { Icon } from "@/shared/icons";
import { DialogLayer } from "@/shared/Layers";
import { Avatar } from "@/shared/Pieces";
import { toggleFullScreen } from "../fullScreen";
import { type CommandId, commandsOf, peopleFound } from "../model/commands";
import { findPerson, showDialog, togglePanel, useRoomStore } from "../model/room";
import { initials, tint } from "../model/someone";
import { useActions } from "../useActions";

/** Ctrl+K: every action and every person by a part of the name. */
export function FindDialog({ onClose }: { onClose: () => void }) {
  const { text: t } = useLocale();
  const session = useSession();
  const room = useRoomStore();
  const actions = useActions();
  const voice = useVoice();
  const view = useApp((state) => state.view);
  const { contains } = useFilter({ sensitivity: "base" });
  const [typed, setTyped] = useState("");
  const wanted = typed.trim();
  const commands = commandsOf(view, t).filter((command) => contains(command.text, wanted));
  const people = wanted === "" ? [] : peopleFound(view, (name) => contains(name, wanted));

  const run: Record<CommandId, () => void> = {
    microphone: actions.toggleMicrophone,
    listen: actions.toggleListening,
    camera: actions.toggleCamera,
    share: actions.toggleShare,
    hand: actions.toggleHand,
    floor: () => actions.giveFloor(),
    lowerAll: () => session.intent({ kind: "lowerAllHands" }),
    muteAll: actions.muteAll,
    speaking: () => {},
    people: () => room.set(togglePanel("people")),
    chat: () => room.set(togglePanel("chat")),
    both: () => actions.chooseLayout("both"),
    faces: () => actions.chooseLayout("faces"),
    content: () => actions.chooseLayout("content"),
    fullScreen: toggleFullScreen,
    details: () => room.set(showDialog({ kind: "details" })),
    devices: () => session.showSettings("devices"),
    settings: () => session.showSettings("general"),
    shortcuts: () => session.showSettings("shortcuts"),
    leave: () => actions.leave(true),
  };
  const choose = (key: string) => {
    const command = commands.find((each) => each.id === key);
    // A question keeps the answer in sight.
    if (command?.answer !== undefined) {
      voice.say("assertive", { kind: "find", text: command.answer });
      return;
    }
    onClose();
    if (command) run[command.id]();
    else if (key === SEARCH) room.set(findPerson(wanted));
    else room.set(findPerson(people.find((each) => `${PERSON}${each.user}` === key)?.name ?? wanted));
  };
  return (
    <DialogLayer title={t("find.title")} open onClose={onClose} width="34rem">
      <Autocomplete inputValue={typed} onInputChange={setTyped}>
        <SearchField aria-label={t("find.title")} autoFocus>
          <span className="input">
            <Icon name="search" size="s" />
            <Input placeholder={t("find.placeholder")} />
          </span>
        </SearchField>
        <Menu className="menu found" aria-label={t("find.found")} onAction={(key) => choose(String(key))}>
          {people.map((person) => (
            <MenuItem
              key={person.user}
              id={`${PERSON}${person.user}`}
              className="option"
              textValue={person.name}
            >
              <Avatar letters={initials(person.name)} tint={tint(person.user)} />
              <span className="grow cut">{person.name}</span>
            </MenuItem>
          ))}
          {commands.map((command) => (
            <MenuItem key={command.id} id={command.id} className="option" textValue={command.text}>
              <Icon name={command.icon} size="s" />
              <span className="grow cut">{command.text}</span>
              {command.answer ? <span className="small muted cut">{command.answer}</span> : null}
              {command.keys ? <kbd>{command.keys}</kbd> : null}
            </MenuItem>
          ))}
          {wanted === "" ? null : (
            <MenuItem id={SEARCH} className="option" textValue={t("find.inPeople", { name: wanted })}>
              <Icon name="people" size="s" />
              <span className="grow cut">{t("find.inPeople", { name: wanted })}</span>
            </MenuItem>
          )}
        </Menu>
      </Autocomplete>
    </DialogLayer>
  );
}

const PERSON = "person:";
const SEARCH = "search";
