import { useEffect, useState } from "react";
import { FieldError, Form, Input, Label, TextField } from "react-aria-components";
import { useText } from "@/lib/catalogue/context";
import { useSession } from "@/lib/session/context";
import type { Route } from "@/lib/session/state";
import { Button } from "@/shared/Button";
import { END_TEXT } from "@/shared/endText";
import { Head } from "@/shared/Head";
import { Icon } from "@/shared/icons";
import "./home.css";
import { PracticeCard } from "./PracticeCard";
import { RecentClasses } from "./RecentClasses";

type HomeRoute = Extract<Route, { kind: "home" }>;

export function Home({ route }: { route: HomeRoute }) {
  const t = useText();
  const session = useSession();
  const check = () => session.store.set((now) => ({ ...now, route: { kind: "deviceCheck", target: null } }));
  return (
    <div className="page">
      <Head>
        <Button look="quiet" icon="headset" onPress={check}>
          {t("soundAndCamera")}
        </Button>
        <Button look="quiet" icon="settings" onPress={() => session.showSettings("general")}>
          {t("settings")}
        </Button>
      </Head>
      <main className="home">
        <JoinForm route={route} />
        <div className="home-columns">
          <RecentClasses />
          <PracticeCard />
        </div>
      </main>
    </div>
  );
}

function JoinForm({ route }: { route: HomeRoute }) {
  const t = useText();
  const session = useSession();
  const [text, setText] = useState(route.link);
  const [shown, setShown] = useState(route.problem);
  const [offered, setOffered] = useState<string | null>(null);
  // A refusal can come back before this screen was ever left.
  useEffect(() => {
    setText(route.link);
    setShown(route.problem);
  }, [route]);
  useEffect(() => {
    const look = () => session.backend.clipboardLink().then(setOffered, () => {});
    void look();
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, [session]);
  const enter = (wanted: string) => {
    const trimmed = wanted.trim();
    if (trimmed !== "") session.open({ kind: "link", link: trimmed });
  };
  return (
    <Form
      className="join"
      onSubmit={(event) => {
        event.preventDefault();
        enter(text);
      }}
    >
      <h1>{t("home.title")}</h1>
      <TextField
        value={text}
        isInvalid={shown !== null}
        validationBehavior="aria"
        onChange={(next) => {
          setText(next);
          setShown(null);
        }}
      >
        <Label className="sr">{t("home.link")}</Label>
        <div className="join-row">
          <span className="input lead">
            <Icon name="link" size="s" />
            <Input autoFocus placeholder={t("home.placeholder")} autoComplete="off" spellCheck={false} />
          </span>
          <Button type="submit" size="lead" look={text.trim() === "" ? "plain" : "primary"}>
            {t("home.enter")}
          </Button>
        </div>
        {shown ? (
          <FieldError className="error join-note">
            <Icon name="alert" size="s" />
            <span>
              {t(END_TEXT[shown].key)} <span className="code">{END_TEXT[shown].code}</span>
            </span>
          </FieldError>
        ) : null}
      </TextField>
      {offered !== null && text === "" ? (
        <p className="join-note offer">
          <Icon name="info" size="s" />
          {t("home.clipboard")}
          <Button look="link" onPress={() => enter(offered)}>
            {t("home.useIt")}
          </Button>
        </p>
      ) : null}
    </Form>
  );
}
