import { useState } from "react";
import { Input, SearchField } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useClass } from "@/lib/session/context";
import { Button, IconButton } from "@/shared/Button";
import { Icon } from "@/shared/icons";
import { SEARCH_FROM } from "../model/peopleRows";
import { useRoom, useRoomStore } from "../model/room";
import { closePanel } from "../regions";
import { useActions } from "../useActions";
import { HandsBox } from "./HandsBox";
import { PeopleList } from "./PeopleList";
import { QuietBox } from "./QuietBox";

export function PeoplePanel() {
  const t = useText();
  const room = useRoomStore();
  const actions = useActions();
  const total = useClass((view) => view.people.total);
  const mayMute = useClass((view) => view.me.may.muteOthers);
  const search = useRoom((now) => now.search);
  const setSearch = (text: string) => room.set((now) => ({ ...now, search: text }));
  const [wanted, setWanted] = useState(false);
  const searching = wanted || search !== "";
  return (
    <aside className="panel card" aria-label={t("people")} data-region="panel">
      <header>
        <h2 className="grow">
          {t("people")} <span className="faint count">{total}</span>
        </h2>
        {total >= SEARCH_FROM ? (
          <IconButton
            name={t("people.search")}
            icon="search"
            aria-pressed={searching}
            onPress={() => {
              setSearch("");
              setWanted(!searching);
            }}
          />
        ) : null}
        <IconButton name={t("close")} icon="close" onPress={() => closePanel(room)} />
      </header>
      {searching ? (
        <SearchField
          className="panel-search"
          aria-label={t("people.search")}
          value={search}
          onChange={(text) => {
            setWanted(true);
            setSearch(text);
          }}
          autoFocus
        >
          <span className="input dense">
            <Icon name="search" size="s" />
            <Input placeholder={t("people.search")} />
          </span>
        </SearchField>
      ) : null}
      <div className="panel-body">
        <HandsBox />
        <QuietBox />
        <h3 className="sect">{t("people.inClass")}</h3>
        <PeopleList search={search} />
      </div>
      {mayMute ? (
        <footer className="panel-foot">
          <Button size="dense" icon="microphoneOff" onPress={actions.muteAll}>
            {t("control.muteAll")}
          </Button>
        </footer>
      ) : null}
    </aside>
  );
}
