import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { IconButton } from "./Button";

interface Props {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  /** Something beside the title. */
  beside?: ReactNode;
  width?: string;
  /** An alert dialog waits for an answer. */
  alert?: boolean;
}

/** The one kind of dialog: Escape and the cross close it, focus goes back to what opened it. */
export function DialogLayer({ title, open, onClose, children, footer, beside, width, alert = false }: Props) {
  const t = useText();
  return (
    <ModalOverlay
      className="scrim"
      isOpen={open}
      isDismissable
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Modal className="dialog" style={width ? ({ "--dialog-width": width } as React.CSSProperties) : {}}>
        <AriaDialog role={alert ? "alertdialog" : "dialog"}>
          <header>
            <Heading slot="title" level={1} className="grow">
              {title}
            </Heading>
            {beside}
            <IconButton name={t("close")} icon="close" onPress={onClose} />
          </header>
          <div className="body">{children}</div>
          {footer ? <footer>{footer}</footer> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
