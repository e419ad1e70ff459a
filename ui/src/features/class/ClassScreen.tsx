import { useClass } from "@/lib/session/context";
import type { Target } from "@/lib/session/state";
import { Joining } from "./entry/Joining";
import { Waiting } from "./entry/Waiting";
import { Room } from "./Room";
import "./entry/entry.css";
import "./class.css";
import "./stage/stage.css";
import "./controls/controls.css";
import "./people/people.css";
import "./chat/chat.css";
import "./dialogs.css";
import "./large.css";

/** From the way in until the end, by where the person is. */
export function ClassScreen({ target }: { target: Target | null }) {
  const stage = useClass((view) => view.stage);
  switch (stage.kind) {
    case "joining":
      return <Joining step={stage.step} target={target} />;
    case "waiting":
      return <Waiting position={stage.position} message={stage.message} />;
    case "inClass":
      return <Room />;
    case "ended":
      return null;
  }
}
