import { act, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { App } from "@/app/App";
import { plainScript, type Script, ScriptedBackend } from "@/lib/backend/scripted/ScriptedBackend";
import { Session } from "@/lib/session/Session";

/** The whole window over a scripted application, as a person would find it. */
export async function open(script: Partial<Script> = {}) {
  const backend = new ScriptedBackend({ ...plainScript, ...script });
  // Frames are tested on their own; here nothing needs to be drawn.
  backend.openFrames = () => ({ send() {}, onFrame: null, onOpen: null, onClosed: null, close() {} });
  const session = new Session(backend);
  render(<App session={session} />);
  await act(() => session.start());
  return { backend, session, user: userEvent.setup() };
}
