//! The part of BigBlueButton's `settings.yml` that clients read (protocol/session.md §2.3).

use serde_json::{Value, json};

/// What `meetingStaticData` carries under `clientSettingsJson`.
pub(crate) fn client_settings() -> Value {
    json!({
        "public": {
            "app": {
                "bbbWebBase": "/bigbluebutton",
                "appName": "BigBlueButton HTML Client",
                "maxMutationPayloadSize": 10_485_760,
                "preloadNextSlides": 2,
            },
            "chat": { "enabled": true, "max_message_length": 5000, "public_group_id": "MAIN-PUBLIC-GROUP-CHAT" },
            "stats": { "interval": 10_000, "rtt": { "warning": 500, "danger": 1000, "critical": 2000 }, "lastEntriesCap": 20 },
            "media": {
                "audio": { "defaultFullAudioBridge": "fullaudio", "defaultListenOnlyBridge": "fullaudio" },
                "transparentListenOnly": true,
                "fullAudioOffering": true,
                "listenOnlyOffering": false,
                "listenOnlyCallTimeout": 15_000,
                "forceRelay": false,
                "localEchoTest": { "enabled": true, "delay": { "enabled": true, "delayTime": 0.5, "maxDelayTime": 2 } },
            },
            "kurento": {
                "wsUrl": "/bbb-webrtc-sfu",
                "signalCandidates": false,
                "cameraWsOptions": { "wsConnectionTimeout": 4000, "maxRetries": 7, "heartbeat": { "interval": 15_000, "delay": 3000 } },
                "screenshare": { "bitrate": 1500, "enableVideo": true, "constraints": {
                    "audio": true, "video": { "frameRate": { "ideal": 5, "max": 10 }, "width": { "max": 2560 }, "height": { "max": 1600 } } } },
                "pagination": {
                    "paginationToggleEnabled": true,
                    "desktopPageSizes": { "moderator": 0, "viewer": 5 },
                    "mobilePageSizes": { "moderator": 2, "viewer": 2 },
                },
                "cameraProfiles": [
                    { "id": "low-u30", "name": "low-u30", "bitrate": 30, "hidden": true },
                    { "id": "low-u25", "name": "low-u25", "bitrate": 40, "hidden": true },
                    { "id": "low-u20", "name": "low-u20", "bitrate": 50, "hidden": true },
                    { "id": "low-u15", "name": "low-u15", "bitrate": 70, "hidden": true },
                    { "id": "low-u12", "name": "low-u12", "bitrate": 90, "hidden": true },
                    { "id": "low-u8", "name": "low-u8", "bitrate": 100, "hidden": true },
                    { "id": "low", "name": "Low", "bitrate": 100 },
                    { "id": "medium", "name": "Medium", "bitrate": 200, "default": true },
                    { "id": "high", "name": "High", "bitrate": 500, "constraints": { "width": 1280, "height": 720, "frameRate": 15 } },
                    { "id": "hd", "name": "High definition", "bitrate": 800, "constraints": { "width": 1280, "height": 720, "frameRate": 30 } },
                    { "id": "fhd", "name": "Camera as content", "bitrate": 1500, "hidden": true, "constraints": { "width": 1920, "height": 1080 } },
                ],
                "cameraQualityThresholds": {
                    "enabled": true, "applyConstraints": false, "privilegedStreams": true, "debounceTime": 2500,
                    "thresholds": [
                        { "threshold": 8, "profile": "low-u8" }, { "threshold": 12, "profile": "low-u12" },
                        { "threshold": 15, "profile": "low-u15" }, { "threshold": 20, "profile": "low-u20" },
                        { "threshold": 25, "profile": "low-u25" }, { "threshold": 30, "profile": "low-u30" },
                    ],
                },
            },
            "presentation": { "uploadEndpoint": "/bigbluebutton/presentation/upload" },
            "plugins": [],
        }
    })
}
