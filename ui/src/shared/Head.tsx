import type { ReactNode } from "react";
import { Sign } from "./icons";

/** Sign and name at the left, the screen's own buttons at the right. */
export function Head({ children }: { children?: ReactNode }) {
  return (
    <header className="head">
      <span className="row">
        <Sign />
        <span className="brand">Préau</span>
      </span>
      <span className="grow" />
      {children}
    </header>
  );
}
