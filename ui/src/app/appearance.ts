import { useEffect } from "react";
import { useApp } from "@/lib/session/context";

/** Theme and text size on the root element, from the person's settings or the system. */
export function useAppearance(): void {
  const theme = useApp((state) => state.settings.theme);
  const textScale = useApp((state) => state.settings.textScale);

  useEffect(() => {
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      const dark = theme === "dark" || (theme === "system" && system.matches);
      document.documentElement.dataset.theme = dark ? "dark" : "light";
    };
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }, [theme]);

  useEffect(() => {
    const root = document.documentElement;
    const scale = Math.min(200, Math.max(100, textScale));
    root.style.fontSize = `${scale}%`;
    // Pictures and targets stop growing at one and a half; words do not.
    root.style.setProperty("--u", `${Math.min(scale, 150) / 100}px`);
    root.dataset.large = scale >= 150 ? "yes" : "no";
  }, [textScale]);
}
