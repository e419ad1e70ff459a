import { useText } from "@/lib/catalogue/context";
import type { TextKey } from "@/lib/catalogue/text";

const SHORTCUTS = [
  { keys: ["Ctrl+M"], text: "keys.microphone" },
  { keys: ["Ctrl+E"], text: "keys.camera" },
  { keys: ["Ctrl+H"], text: "keys.hand" },
  { keys: ["Ctrl+Shift+H"], text: "keys.floor" },
  { keys: ["Ctrl+Shift+M"], text: "keys.muteAll" },
  { keys: ["Ctrl+Shift+S"], text: "keys.share" },
  { keys: ["Ctrl+1", "Ctrl+2"], text: "keys.panels" },
  { keys: ["Ctrl+K"], text: "find.title" },
  { keys: ["Ctrl+L"], text: "keys.layout" },
  { keys: ["F6", "Shift+F6"], text: "keys.regions" },
  { keys: ["F11"], text: "keys.fullScreen" },
  { keys: ["Esc"], text: "keys.escape" },
  { keys: ["Ctrl++", "Ctrl+−", "Ctrl+0"], text: "keys.text" },
  { keys: ["Ctrl+/"], text: "keys.list" },
  { keys: ["Ctrl+Shift+L"], text: "keys.leave" },
] as const satisfies readonly { keys: readonly string[]; text: TextKey }[];

export function ShortcutList() {
  const t = useText();
  return (
    <dl className="shortcuts">
      {SHORTCUTS.map((shortcut) => (
        <div key={shortcut.text}>
          <dt>
            {shortcut.keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{t(shortcut.text)}</dd>
        </div>
      ))}
    </dl>
  );
}
