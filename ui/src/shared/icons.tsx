import type { ReactElement } from "react";

/** Our own set: a grid of 24, round strokes, no fill. Off is one diagonal from top left. */
const SHAPES = {
  alert: <path d="M12 4.5L21 19.5H3zM12 10.5v4M12 17v.1" />,
  camera: (
    <>
      <rect x="3" y="6.5" width="12.5" height="11" rx="2.5" />
      <path d="M15.5 11l5-3v8l-5-3" />
    </>
  ),
  cameraOff: (
    <path d="M9.5 6.5H13a2.5 2.5 0 0 1 2.5 2.5v1.5l5-2.5v8M15.5 15.5a2.5 2.5 0 0 1-2.5 2H5.5A2.5 2.5 0 0 1 3 15V9c0-1 .5-1.8 1.3-2.2M4 3l16 18" />
  ),
  chat: (
    <path d="M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.3 3.7V16h-.2A2.5 2.5 0 0 1 4 13.5z" />
  ),
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  clock: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7.5V12l3 2" />
    </>
  ),
  close: <path d="M6.5 6.5l11 11M17.5 6.5l-11 11" />,
  down: <path d="M7 10l5 5 5-5" />,
  fullScreen: (
    <path d="M4.5 9V6.5a2 2 0 0 1 2-2H9M15 4.5h2.5a2 2 0 0 1 2 2V9M19.5 15v2.5a2 2 0 0 1-2 2H15M9 19.5H6.5a2 2 0 0 1-2-2V15" />
  ),
  hand: (
    <path d="M7.5 13V6.3a1.4 1.4 0 0 1 2.8 0V11M10.3 10.5V4.6a1.4 1.4 0 0 1 2.8 0v5.9M13.1 10.8V5.8a1.4 1.4 0 0 1 2.8 0V12M15.9 12V8.6a1.4 1.4 0 0 1 2.8 0v5.9c0 3.7-2.5 6.5-6.1 6.5-3 0-4.5-1.4-6-3.9l-2.3-3.9a1.4 1.4 0 0 1 2.3-1.6l1 1.3" />
  ),
  headset: (
    <>
      <path d="M4.5 15v-3a7.5 7.5 0 0 1 15 0v3" />
      <rect x="3.5" y="13.5" width="4" height="6" rx="1.8" />
      <rect x="16.5" y="13.5" width="4" height="6" rx="1.8" />
    </>
  ),
  info: (
    <>
      <circle cx="12" cy="12" r="8.8" />
      <path d="M12 11.5V16M12 8v.1" />
    </>
  ),
  keyboard: (
    <>
      <rect x="2.5" y="6" width="19" height="12" rx="2.5" />
      <path d="M6.5 10h.01M10 10h.01M13.5 10h.01M17 10h.01M8 14h8" />
    </>
  ),
  layoutBoth: (
    <>
      <rect x="3" y="5" width="18" height="14" rx="2.5" />
      <path d="M15.5 5v14M15.5 9.7H21M15.5 14.3H21" />
    </>
  ),
  layoutContent: <rect x="3" y="5" width="18" height="14" rx="2.5" />,
  layoutFaces: (
    <>
      <rect x="3" y="5" width="18" height="14" rx="2.5" />
      <path d="M9 5v14M15 5v14M3 12h18" />
    </>
  ),
  leave: <path d="M13.5 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h6.5M10.5 12H20M16.5 8.3 20.2 12l-3.7 3.7" />,
  left: <path d="M14.5 6l-6 6 6 6" />,
  link: (
    <path d="M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1" />
  ),
  lock: (
    <>
      <rect x="5" y="10.5" width="14" height="9.5" rx="2.5" />
      <path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5" />
    </>
  ),
  microphone: (
    <>
      <rect x="9" y="3" width="6" height="11" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    </>
  ),
  microphoneOff: (
    <path d="M9 9v2a3 3 0 0 0 4.6 2.5M15 11V6a3 3 0 0 0-5.6-1.5M5.5 11.5a6.5 6.5 0 0 0 10.2 5.3M18.5 11.5c0 .9-.2 1.8-.5 2.6M12 18v3M4 3l16 18" />
  ),
  more: <path d="M5.5 12h.01M12 12h.01M18.5 12h.01" strokeWidth="2.8" />,
  people: (
    <>
      <circle cx="9" cy="8" r="3.4" />
      <path d="M2.8 19.5c.4-3.4 2.9-5.3 6.2-5.3s5.8 1.9 6.2 5.3M15.6 4.9a3.4 3.4 0 0 1 0 6.3M17.5 14.6c2.1.7 3.4 2.4 3.7 4.9" />
    </>
  ),
  pin: <path d="M9 4.5h6l-.7 6 3.2 3.5h-11L9.7 10.5zM12 14v6" />,
  practice: <path d="M4.5 18.5V9.8L12 5l7.5 4.8v8.7M9 18.5v-4.7h6v4.7M3 18.5h18" />,
  record: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <circle cx="12" cy="12" r="3.4" fill="currentColor" stroke="none" />
    </>
  ),
  right: <path d="M9.5 6l6 6-6 6" />,
  search: (
    <>
      <circle cx="10.8" cy="10.8" r="6.3" />
      <path d="M15.5 15.5L20 20" />
    </>
  ),
  send: <path d="M4.5 12L20 5l-5 14.5-3.5-6z M11.5 13.5L20 5" />,
  settings: (
    <>
      <path d="M4 7h9M18.5 7H20M4 17h1.5M11 17h9" />
      <circle cx="15.7" cy="7" r="2.5" />
      <circle cx="8.2" cy="17" r="2.5" />
    </>
  ),
  share: (
    <>
      <rect x="3" y="4.5" width="18" height="12.5" rx="2.5" />
      <path d="M12 14V8.5M9.5 10.8 12 8.3l2.5 2.5M8.5 20.5h7" />
    </>
  ),
  speaker: <path d="M4 9.5v5h3l4.5 4v-13L7 9.5zM15 9a4 4 0 0 1 0 6M17.7 6.5a7.5 7.5 0 0 1 0 11" />,
  stopShare: (
    <>
      <rect x="3" y="4.5" width="18" height="12.5" rx="2.5" />
      <path d="M9.8 8.6l4.4 4.4M14.2 8.6 9.8 13M8.5 20.5h7" />
    </>
  ),
  window: (
    <>
      <rect x="3" y="4.5" width="18" height="15" rx="2.5" />
      <path d="M3 9h18M6.2 6.8h.01M8.8 6.8h.01" />
    </>
  ),
  zoom: (
    <>
      <circle cx="10.8" cy="10.8" r="6.3" />
      <path d="M15.5 15.5L20 20M8.3 10.8h5M10.8 8.3v5" />
    </>
  ),
} satisfies Record<string, ReactElement>;

export type IconName = keyof typeof SHAPES;

/** Always beside a word, or inside something that has a name of its own. */
export function Icon({ name, size = "m" }: { name: IconName; size?: "m" | "s" | "xs" }) {
  return (
    <svg
      className={size === "m" ? "i" : `i ${size}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}

/** The sign: a roof, two posts, two people under it. */
export function Sign({ size = 30 }: { size?: number }) {
  return (
    <svg className="sign" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8.5" />
      <path d="M6 12.5 16 7l10 5.5M8.8 12.4V24.5M23.2 12.4V24.5" />
      <circle cx="13.2" cy="20.5" r="2.3" />
      <circle cx="18.9" cy="21.6" r="1.8" />
    </svg>
  );
}
