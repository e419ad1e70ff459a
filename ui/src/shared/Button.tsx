import type { ReactNode, Ref } from "react";
import { Button as AriaButton, type ButtonProps, Tooltip, TooltipTrigger } from "react-aria-components";
import { Icon, type IconName } from "./icons";

type Look = "plain" | "primary" | "soft" | "quiet" | "danger" | "danger-quiet" | "link";

interface Props extends Omit<ButtonProps, "className" | "children" | "style"> {
  look?: Look;
  size?: "normal" | "dense" | "lead";
  icon?: IconName | undefined;
  children?: ReactNode;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", size = "normal", icon, children, className, ...rest }: Props) {
  const classes = ["btn", look, size, className].filter(Boolean).join(" ");
  return (
    <AriaButton {...rest} className={classes}>
      {icon ? <Icon name={icon} size="s" /> : null}
      {children}
    </AriaButton>
  );
}

/** A picture alone: its word is its name and its tip. */
export function IconButton({
  name,
  icon,
  look = "quiet",
  size = "dense",
  className,
  ...rest
}: Omit<Props, "children" | "icon"> & { name: string; icon: IconName }) {
  return (
    <Tipped text={name}>
      <AriaButton
        {...rest}
        aria-label={name}
        className={["btn icon", look, size, className].filter(Boolean).join(" ")}
      >
        <Icon name={icon} size={size === "dense" ? "s" : "m"} />
      </AriaButton>
    </Tipped>
  );
}

/** A tip after 400 ms; at once on keyboard focus. */
export function Tipped({ text, children }: { text: string; children: ReactNode }) {
  return (
    <TooltipTrigger delay={400} closeDelay={80}>
      {children}
      <Tooltip className="tip" offset={6}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  );
}
