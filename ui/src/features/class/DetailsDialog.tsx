import { useLocale } from "@/lib/catalogue/context";
import { clockTime, span } from "@/lib/catalogue/when";
import { useApp } from "@/lib/session/context";
import { DialogLayer } from "@/shared/Layers";
import { classDetails } from "./model/details";

/** What is known of the class, from its name at the top. */
export function DetailsDialog({ onClose }: { onClose: () => void }) {
  const { text: t, language } = useLocale();
  const view = useApp((state) => state.view);
  const format = { clock: (at: number) => clockTime(language, at), span: (s: number) => span(t, s) };
  return (
    <DialogLayer title={view.info.name} open onClose={onClose} width="30rem">
      <dl className="facts selectable">
        {classDetails(view, Date.now(), t, format).map(({ term, fact }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
    </DialogLayer>
  );
}
