import type { Someone } from "../model/someone";
import type { Content } from "../model/stage";
import { FaceTile } from "./FaceTile";
import { MyShare } from "./MyShare";
import { SharedScreen } from "./SharedScreen";

interface Props {
  content: Content;
  someone: (user: string) => Someone | undefined;
  onRatio: (ratio: number) => void;
}

export function ContentView({ content, someone, onRatio }: Props) {
  switch (content.kind) {
    case "screen":
      return <SharedScreen onRatio={onRatio} />;
    case "mine":
      return <MyShare />;
    case "speaker": {
      const person = someone(content.who);
      return (
        <div className="content" data-region="content">
          {person ? (
            <div className={person.talking ? "tile large speaking" : "tile large"}>
              <FaceTile person={person} />
            </div>
          ) : null}
        </div>
      );
    }
  }
}
