import type { ReactNode } from "react";
import { Button as AriaButton, MenuTrigger, Popover } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { Tipped } from "@/shared/Button";
import { Icon, type IconName } from "@/shared/icons";

export type ControlTone = "plain" | "off" | "active" | "leave" | "hand" | "tab";

interface Props {
  id?: string;
  icon: IconName;
  word: string;
  /** What pressing does, with its key; the tip. */
  tip?: string;
  tone?: ControlTone;
  pending?: boolean;
  /** A number in the corner. */
  badge?: ReactNode;
  small?: IconName;
  pressed?: boolean;
  onPress: () => void;
}

/** A control of the bar: picture in its pill, word under it. */
export function Control({
  id,
  icon,
  word,
  tip,
  tone = "plain",
  pending = false,
  badge,
  small,
  pressed,
  onPress,
}: Props) {
  const t = useText();
  return (
    <Tipped text={tip ?? word}>
      <AriaButton
        id={id}
        className={`ctl ${tone}${pending ? " pending" : ""}`}
        aria-pressed={pressed}
        onPress={onPress}
      >
        <span className="p">
          <Icon name={icon} />
          {small ? <Icon name={small} size="xs" /> : null}
          {badge}
        </span>
        <span className="word">
          {word}
          {pending ? <span className="sr"> ({t("control.asked")})</span> : null}
        </span>
      </AriaButton>
    </Tipped>
  );
}

/** A control with a menu of its devices in the right part of its pill. */
export function SplitControl({ menuName, menu, ...control }: Props & { menuName: string; menu: ReactNode }) {
  return (
    <div className={`ctl-split ${control.tone ?? "plain"}`}>
      <Control {...control} />
      <MenuTrigger>
        <Tipped text={menuName}>
          <AriaButton className="ctl-more" aria-label={menuName}>
            <Icon name="down" size="xs" />
          </AriaButton>
        </Tipped>
        <Popover className="popover" placement="top">
          {menu}
        </Popover>
      </MenuTrigger>
    </div>
  );
}
