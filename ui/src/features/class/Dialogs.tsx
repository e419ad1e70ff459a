import { useText } from "@/lib/catalogue/context";
import { useClass, useSession } from "@/lib/session/context";
import { Button } from "@/shared/Button";
import { DialogLayer } from "@/shared/Layers";
import { DetailsDialog } from "./DetailsDialog";
import { FindDialog } from "./find/FindDialog";
import { showDialog, useRoom, useRoomStore } from "./model/room";
import { SharePicker } from "./share/SharePicker";

/** The dialogs of the class: never two. */
export function Dialogs() {
  const room = useRoomStore();
  const dialog = useRoom((now) => now.dialog);
  const close = () => room.set(showDialog(null));
  switch (dialog?.kind) {
    case undefined:
      return null;
    case "leave":
      return <LeaveDialog onClose={close} />;
    case "picker":
      return <SharePicker onClose={close} />;
    case "find":
      return <FindDialog onClose={close} />;
    case "details":
      return <DetailsDialog onClose={close} />;
    case "link":
      return <LinkDialog url={dialog.url} onClose={close} />;
  }
}

function LeaveDialog({ onClose }: { onClose: () => void }) {
  const t = useText();
  const session = useSession();
  const mayEnd = useClass((view) => view.me.may.endClass);
  const leave = (kind: "leave" | "endForAll") => {
    onClose();
    session.intent({ kind });
  };
  return (
    <DialogLayer title={t("leave.title")} open onClose={onClose} width="28rem" alert>
      <div className="choices">
        <Button look="primary" size="lead" onPress={() => leave("leave")} autoFocus>
          {mayEnd ? t("leave.stay") : t("leave")}
        </Button>
        {mayEnd ? (
          <Button look="danger-quiet" size="lead" onPress={() => leave("endForAll")}>
            {t("leave.end")}
          </Button>
        ) : null}
        <Button look="quiet" onPress={onClose}>
          {t("cancel")}
        </Button>
      </div>
    </DialogLayer>
  );
}

/** A link of the chat is opened only with its whole address in sight. */
function LinkDialog({ url, onClose }: { url: string; onClose: () => void }) {
  const t = useText();
  const session = useSession();
  return (
    <DialogLayer
      title={t("open.link")}
      open
      onClose={onClose}
      width="34rem"
      alert
      footer={
        <>
          <Button onPress={onClose}>{t("cancel")}</Button>
          <Button
            look="primary"
            onPress={() => {
              onClose();
              void session.backend.openLink(url).catch(() => {});
            }}
          >
            {t("open.open")}
          </Button>
        </>
      }
    >
      <p className="address selectable">{url}</p>
    </DialogLayer>
  );
}
