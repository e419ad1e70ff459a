import { useEffect, useState } from "react";
import { useText } from "@/lib/catalogue/context";
import { useApp, useSession } from "@/lib/session/context";
import { homeRoute, type Target } from "@/lib/session/state";
import { Button, IconButton } from "@/shared/Button";
import { Head } from "@/shared/Head";
import { Icon } from "@/shared/icons";
import { SoundAndCamera } from "@/shared/SoundAndCamera";
import { Video } from "@/shared/Video";
import "./deviceCheck.css";

/** Nobody starts a lesson with "can you hear me?". Going in is always possible. */
export function DeviceCheck({ target }: { target: Target | null }) {
  const t = useText();
  const session = useSession();
  const hasCamera = useApp((state) => state.devices.cameras.length > 0);
  const [camera, setCamera] = useState(true);
  const [muted, setMuted] = useState(false);
  const showing = camera && hasCamera;
  useEffect(() => {
    void session.backend.openSound(true).catch(() => {});
    return () => {
      void session.backend.openSound(false).catch(() => {});
    };
  }, [session]);
  useEffect(() => {
    void session.backend.previewCamera(showing).catch(() => {});
    return () => {
      if (showing) void session.backend.previewCamera(false).catch(() => {});
    };
  }, [session, showing]);

  const home = () => session.store.set((now) => ({ ...now, route: homeRoute }));
  const done = (listenOnly: boolean) => {
    session.saveSettings({ deviceCheckDone: true });
    if (target) void session.enter(target, { listenOnly, camera: showing, unmuted: !muted });
    else home();
  };
  const title =
    target?.kind === "recent"
      ? target.name
      : target?.kind === "practice"
        ? t("practice.title")
        : t("check.title");
  return (
    <div className="page">
      <Head>
        <Button look="quiet" icon="left" onPress={home}>
          {t("home")}
        </Button>
        <Button look="quiet" icon="settings" onPress={() => session.showSettings("general")}>
          {t("settings")}
        </Button>
      </Head>
      <main className="check">
        <section className="check-left">
          <h1>{title}</h1>
          <p className="muted">{t("check.lead")}</p>
          <Preview
            showing={showing}
            onMuted={setMuted}
            muted={muted}
            onCamera={setCamera}
            camera={camera}
            hasCamera={hasCamera}
          />
          <div className="check-go">
            <Button look="primary" size="lead" className="grow" onPress={() => done(false)} autoFocus>
              {target ? t("check.enter") : t("check.done")}
            </Button>
            {target ? (
              <Button size="lead" icon="headset" onPress={() => done(true)}>
                {t("check.listen")}
              </Button>
            ) : null}
          </div>
        </section>
        <section className="card check-right" aria-label={t("soundAndCamera")}>
          <SoundAndCamera />
        </section>
      </main>
    </div>
  );
}

interface PreviewProps {
  showing: boolean;
  camera: boolean;
  hasCamera: boolean;
  muted: boolean;
  onCamera: (on: boolean) => void;
  onMuted: (muted: boolean) => void;
}

function Preview({ showing, camera, hasCamera, muted, onCamera, onMuted }: PreviewProps) {
  const t = useText();
  const name = useApp((state) => state.settings.name) || t("you");
  return (
    <div className="preview">
      {showing ? (
        <Video source={{ kind: "own" }} fit="cover" mirror name={t("check.preview")} />
      ) : (
        <span className="preview-off">
          <Icon name="cameraOff" />
          {hasCamera ? t("check.cameraIsOff") : t("cam.none")}
        </span>
      )}
      <span className="plate">{showing ? t("check.mirror", { name }) : name}</span>
      <span className="preview-tools">
        <IconButton
          name={muted ? t("check.openMic") : t("check.muteMic")}
          icon={muted ? "microphoneOff" : "microphone"}
          size="normal"
          aria-pressed={muted}
          onPress={() => onMuted(!muted)}
        />
        {hasCamera ? (
          <IconButton
            name={camera ? t("check.cameraOff") : t("check.cameraOn")}
            icon={camera ? "camera" : "cameraOff"}
            size="normal"
            aria-pressed={camera}
            onPress={() => onCamera(!camera)}
          />
        ) : null}
      </span>
    </div>
  );
}
