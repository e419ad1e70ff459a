import { createContext, useContext } from "react";
import type { FrameClient } from "./FrameClient";

export type Frames = Pick<FrameClient, "add">;

/** Nothing to draw: tests and screens before the application answered. */
export const noFrames: Frames = { add: () => ({ resize() {}, dispose() {} }) };

const Context = createContext<Frames>(noFrames);
export const FramesProvider = Context.Provider;
export const useFrames = () => useContext(Context);
