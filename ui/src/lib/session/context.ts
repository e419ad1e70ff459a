import { createContext, useContext } from "react";
import { useStore } from "@/lib/util/store";
import type { ClassView } from "@/lib/view/classView";
import type { Session } from "./Session";
import type { AppState } from "./state";

const Context = createContext<Session | null>(null);
export const SessionProvider = Context.Provider;

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("no session around this component");
  return session;
}

export const useApp = <S>(select: (state: AppState) => S) => useStore(useSession().store, select);
export const useClass = <S>(select: (view: ClassView) => S) => useApp((state) => select(state.view));
