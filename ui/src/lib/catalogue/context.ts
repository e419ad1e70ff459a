import { createContext, useContext } from "react";
import { type Language, type Text, textIn } from "./text";

export interface Locale {
  language: Language;
  text: Text;
}

const Context = createContext<Locale>({ language: "fr", text: textIn("fr") });
export const LocaleProvider = Context.Provider;
export const useLocale = () => useContext(Context);
export const useText = () => useContext(Context).text;
