//! What can be asked of the server (`mutations.md`). `true` in answer only means "queued" (`session.md` §0.3).

use crate::ids::{Secret, StreamId, Text, UserId};

/// Id of the public chat (`graphql.md` §7.1).
pub const PUBLIC_CHAT: &str = "MAIN-PUBLIC-GROUP-CHAT";

/// An action. Some of them eject the caller when they are not allowed (`media.md` §2.8, §9.2): check first.
#[derive(Debug, Clone, PartialEq)]
pub enum Mutation {
    /// `userJoinMeeting`: enter. Harmless when repeated (`session.md` §4.1).
    UserJoin {
        /// Of [`super::MeRow::auth_token`].
        auth_token: Secret,
    },
    /// `userLeaveMeeting`: leave; the class goes on.
    Leave,
    /// `meetingEnd`: end for all (moderator).
    EndMeeting,
    /// `userSetMuted`: mute or unmute oneself or, as a moderator, somebody.
    SetMuted {
        /// Whom.
        user: UserId,
        /// Mute or open.
        muted: bool,
    },
    /// `meetingSetMuted(muted: true)`: mute everybody (moderator).
    MuteAll {
        /// Leave the presenter out.
        except_presenter: bool,
    },
    /// `userSetListenOnlyInput`: whether one is in voice without a microphone (late 3.0).
    SetListenOnlyInput {
        /// Without microphone.
        listen_only: bool,
    },
    /// `userSetRaiseHand`.
    RaiseHand {
        /// Whose.
        user: UserId,
        /// Up or down.
        up: bool,
    },
    /// `chatSendMessage` to the public chat.
    SendChat {
        /// Markdown as typed.
        text: Text,
    },
    /// `chatSetTyping` in the public chat.
    Typing,
    /// `chatSetLastSeen` in the public chat.
    ChatSeen {
        /// ISO 8601.
        at: String,
    },
    /// `cameraBroadcastStart`: announce a camera that the SFU has accepted. Only after checking locks and caps.
    CameraStart {
        /// Own stream.
        stream: StreamId,
    },
    /// `cameraBroadcastStop`. Only for an own stream that is announced.
    CameraStop {
        /// Own stream.
        stream: StreamId,
    },
    /// `userSetConnectionAlive`: heartbeat (`session.md` §4.4).
    ConnectionAlive {
        /// `X-Request-Id` of the RTT probe, or empty.
        server_request_id: String,
        /// `X-ClientSessionUUID` of this run.
        client_session: String,
        /// Round trip of the HTTP probe in milliseconds.
        network_rtt_ms: f64,
        /// Round trip through the control socket in milliseconds, if measured.
        application_rtt_ms: Option<f64>,
    },
    /// `userSendActivitySign`: somebody is there (`session.md` §4.6).
    ActivitySign,
    /// `userSetTalking`: own voice activity, on a LiveKit audio bridge only (`media.md` §5.4).
    SetTalking {
        /// Speaks.
        talking: bool,
    },
}
