import { useEffect, useRef } from "react";
import { useText } from "@/lib/catalogue/context";
import { useSession } from "@/lib/session/context";
import { Button } from "@/shared/Button";
import { drawPortrait, lookOf } from "@/shared/portrait";

/** Four of the imaginary pupils, by their number. */
const FACES = [0, 1, 2, 9];

export function PracticeCard() {
  const t = useText();
  const session = useSession();
  return (
    <section className="card practice" aria-labelledby="practice">
      <div className="practice-faces" aria-hidden="true">
        {FACES.map((person) => (
          <Portrait key={person} person={person} />
        ))}
      </div>
      <h3 id="practice">{t("practice.title")}</h3>
      <p className="small muted">{t("practice.text")}</p>
      <Button icon="practice" onPress={() => session.open({ kind: "practice" })}>
        {t("practice.enter")}
      </Button>
    </section>
  );
}

function Portrait({ person }: { person: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const scale = window.devicePixelRatio || 1;
    element.width = Math.max(1, Math.round(element.clientWidth * scale));
    element.height = Math.max(1, Math.round(element.clientHeight * scale));
    drawPortrait(context, element.width, element.height, lookOf(person), { mouth: 0, blink: false, sway: 0 });
  }, [person]);
  return <canvas ref={canvas} />;
}
