import { memo } from "react";
import { useText } from "@/lib/catalogue/context";
import { Icon } from "@/shared/icons";
import { Avatar, SpeakingBars } from "@/shared/Pieces";
import { Video } from "@/shared/Video";
import { initials, type Someone, tint } from "../model/someone";

/** A person: picture or letters, name plate, hand. Nothing else lies over a face. */
export const FaceTile = memo(function FaceTile({ person }: { person: Someone }) {
  const t = useText();
  const name = person.mine ? t("you") : person.name;
  const seen = person.mine ? person.face !== null && person.face !== "idle" : person.stream !== null;
  const lost = person.face === "lost";
  return (
    <>
      {seen ? (
        <Video
          source={person.mine ? { kind: "own" } : { kind: "stream", stream: person.stream ?? "" }}
          fit="cover"
          mirror={person.mine}
          name={name}
        />
      ) : null}
      {!seen || (person.face !== "live" && !person.mine) ? (
        <span className={lost ? "blank lost" : "blank"}>
          {lost ? <span className="sr">{t("stage.pictureLost")}</span> : null}
          <Avatar letters={initials(person.name)} tint={tint(person.user)} />
        </span>
      ) : null}
      {person.hand !== null ? (
        <span className="up" role="img" aria-label={t("tile.hand", { n: person.hand })}>
          <Icon name="hand" size="s" />
          {person.hand}
        </span>
      ) : null}
      <span className="plate">
        {person.talking ? <SpeakingBars /> : person.muted ? <Icon name="microphoneOff" size="xs" /> : null}
        <span className="cut" title={person.name}>
          {name}
        </span>
      </span>
    </>
  );
}, sameTile);

function sameTile(a: { person: Someone }, b: { person: Someone }): boolean {
  const keys = Object.keys(a.person) as (keyof Someone)[];
  return keys.every((key) => a.person[key] === b.person[key]);
}
