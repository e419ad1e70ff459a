import { useEffect } from "react";
import { useSession } from "@/lib/session/context";

const STEP = 10;

/** `Ctrl` with plus, minus and zero, on every screen. */
export function useTextSizeKeys(): void {
  const session = useSession();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.ctrlKey || event.altKey || event.metaKey) return;
      const now = session.store.get().settings.textScale;
      const wanted =
        event.key === "+" || event.key === "="
          ? now + STEP
          : event.key === "-"
            ? now - STEP
            : event.key === "0"
              ? 100
              : null;
      if (wanted === null) return;
      event.preventDefault();
      session.saveSettings({ textScale: Math.min(200, Math.max(100, wanted)) });
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [session]);
}
