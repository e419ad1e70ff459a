import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { Backend } from "@/lib/backend/Backend";
import "@/shared/tokens.css";
import "@/shared/base.css";
import "@/shared/fields.css";
import "@/shared/cards.css";
import "@/shared/layers.css";
import { Session } from "@/lib/session/Session";
import { App } from "./App";

async function backend(): Promise<Backend> {
  // Only `vite --mode scripted` carries the imaginary class; the application never does.
  if (import.meta.env.MODE === "scripted") {
    return (await import("@/lib/backend/scripted/ScriptedBackend")).scriptedBackend(location.search);
  }
  return (await import("@/lib/backend/TauriBackend")).tauriBackend;
}

const root = document.getElementById("root");
if (root) {
  const session = new Session(await backend());
  createRoot(root).render(
    <StrictMode>
      <App session={session} />
    </StrictMode>,
  );
  await session.start();
}
