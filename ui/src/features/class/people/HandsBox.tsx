import { useEffect, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { waited } from "@/lib/catalogue/when";
import { useClass, useSession } from "@/lib/session/context";
import { Button, IconButton } from "@/shared/Button";
import { Avatar } from "@/shared/Pieces";
import { initials, tint } from "../model/someone";
import { useActions } from "../useActions";

/** Raised hands first, in their order, with the time each has waited. */
export function HandsBox() {
  const t = useText();
  const session = useSession();
  const actions = useActions();
  const hands = useClass((view) => view.people.hands);
  const me = useClass((view) => view.me);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  if (hands.length === 0) return null;
  const next = hands.find((hand) => hand.user !== me.user);
  return (
    <section className="handbox" aria-label={t("people.hands", { n: hands.length })}>
      <div className="sect">
        <span className="grow">{t("people.hands", { n: hands.length })}</span>
        {me.may.lowerHands ? (
          <Button look="quiet" size="dense" onPress={() => session.intent({ kind: "lowerAllHands" })}>
            {t("people.lowerAll")}
          </Button>
        ) : null}
      </div>
      <ol>
        {hands.map((hand, index) => (
          <li key={hand.user} className="hand-row">
            <span className="rank">{index + 1}</span>
            <Avatar letters={initials(hand.name)} tint={tint(hand.user)} />
            <span className="grow hand-who">
              <span className="name cut" title={hand.name}>
                {hand.name}
              </span>
              <span className="small hand-wait">{waited(t, hand.since, now)}</span>
            </span>
            {hand.user === me.user ? (
              <IconButton
                name={t("control.lower")}
                icon="close"
                onPress={() => session.intent({ kind: "setHand", up: false })}
              />
            ) : me.may.lowerHands ? (
              <>
                {hand === next ? null : (
                  <IconButton
                    name={t("hand.next", { name: hand.name })}
                    icon="microphone"
                    onPress={() => actions.giveFloor(hand.user)}
                  />
                )}
                <IconButton
                  name={t("people.lower", { name: hand.name })}
                  icon="close"
                  onPress={() => session.intent({ kind: "lowerHand", user: hand.user })}
                />
              </>
            ) : null}
            {hand === next && me.may.lowerHands ? (
              <Button
                className="call"
                look="primary"
                size="dense"
                icon="microphone"
                onPress={() => actions.giveFloor(hand.user)}
              >
                {t("hand.next", { name: hand.name })}
              </Button>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
