import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";
import { type Announcement, enqueue, type Politeness, quietAnnouncer, speakNext } from "./announce";

export interface Voice {
  say(politeness: Politeness, announcement: Announcement): void;
  /** While my microphone is open, nothing polite is said. */
  setMicrophoneOpen(open: boolean): void;
}

const Context = createContext<Voice>({ say() {}, setMicrophoneOpen() {} });
export const useVoice = () => useContext(Context);

const TICK_MS = 500;

/** The two live regions of the window; a dialog, which hides all else from a screen reader, leaves them. */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [polite, setPolite] = useState("");
  const [assertive, setAssertive] = useState("");
  const announcer = useRef(quietAnnouncer);
  const microphoneOpen = useRef(false);
  const voice = useRef<Voice>({
    say: (politeness, announcement) => {
      if (politeness === "polite") announcer.current = enqueue(announcer.current, announcement);
      else setAssertive((last) => repeatable(announcement.text, last));
    },
    setMicrophoneOpen: (open) => {
      microphoneOpen.current = open;
    },
  });
  const tick = useCallback(() => {
    const [next, spoken] = speakNext(announcer.current, performance.now(), microphoneOpen.current);
    announcer.current = next;
    if (spoken) setPolite((last) => repeatable(spoken.text, last));
  }, []);
  useEffect(() => {
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [tick]);
  return (
    <Context.Provider value={voice.current}>
      {children}
      <div className="sr" role="status" aria-live="polite" data-live-announcer="true">
        {polite}
      </div>
      <div className="sr" role="alert" aria-live="assertive" data-live-announcer="true">
        {assertive}
      </div>
    </Context.Provider>
  );
}

/** A region that changes to the same text is not read again: the same sentence ends in an invisible sign in turn. */
const repeatable = (text: string, last: string) => (text === last ? `${text}\u200b` : text);
