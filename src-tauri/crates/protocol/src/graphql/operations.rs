//! Names and texts of everything that is sent, with older variants for servers that do not know a field.
//!
//! Names are part of the protocol: the middleware matches them literally for the pre-join allow-list, the streams it
//! answers itself, and patches (`session.md` §0.3). Texts start with their kind, streams contain `_stream(` and
//! `cursor: {` exactly so (§3.10), a `Patched_` text has one root field (§3.9).

use super::feed::{Feed, PEOPLE_PAGE};
use super::mutation::{Mutation, PUBLIC_CHAT};
use serde_json::{Map, Value, json};

/// Prefix that asks for JSON patches.
pub(super) const PATCHED: &str = "Patched_";

/// One operation as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// `payload.operationName`.
    pub name: &'static str,
    /// `payload.query`.
    pub text: &'static str,
    /// Key of the answer below `data`.
    pub root: &'static str,
}

const fn op(name: &'static str, root: &'static str, text: &'static str) -> Operation {
    Operation { name, text, root }
}

impl Feed {
    /// The ways to ask for it, best first; the last one asks only for what early 3.0 servers know. A server that rejects
    /// them all cannot serve the feed.
    #[must_use]
    pub fn operations(&self) -> &'static [Operation] {
        match self {
            Self::Me => &ME,
            Self::MeFull => &ME_FULL,
            Self::Lobby => &LOBBY,
            Self::Meeting => &MEETING,
            Self::PeopleCount => &PEOPLE_COUNT,
            Self::PeoplePage { search, .. } if search.is_empty() => &PEOPLE,
            Self::PeoplePage { .. } => &PEOPLE_SEARCH,
            Self::Hands => &HANDS,
            Self::Chats => &CHATS,
            Self::ChatPage { .. } => &CHAT_PAGE,
            Self::ChatStream { .. } => &CHAT_STREAM,
            Self::Typing => &TYPING,
            Self::Voice => &VOICE,
            Self::Cameras => &CAMERAS,
            Self::Screen => &SCREEN,
            Self::Recording => &RECORDING,
            Self::Notices { .. } => &NOTICES,
            Self::ServerTime => &SERVER_TIME,
        }
    }

    /// Variables for each of [`Feed::operations`].
    #[must_use]
    pub fn variables(&self) -> Value {
        match self {
            Self::PeoplePage { page, search } => {
                let mut variables = Map::new();
                variables.insert("offset".into(), json!(u64::from(*page) * u64::from(PEOPLE_PAGE)));
                variables.insert("limit".into(), json!(PEOPLE_PAGE));
                if !search.is_empty() {
                    variables.insert("pattern".into(), json!(like_pattern(search.as_str())));
                }
                Value::Object(variables)
            }
            Self::ChatPage { offset, limit } => json!({"limit": (*limit).clamp(1, 200), "offset": offset}),
            Self::ChatStream { since } => json!({"createdAt": since}),
            Self::Notices { since } => json!({"initialCursor": since}),
            Self::Typing => json!({"chatId": PUBLIC_CHAT}),
            _ => json!({}),
        }
    }
}

/// `%part%` with SQL's wildcards in the part taken literally; at most 64 characters.
fn like_pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.trim().chars().take(64) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

const ME: [Operation; 2] = [
    op(
        "Patched_userCurrentSubscription",
        "user_current",
        "subscription Patched_userCurrentSubscription { user_current { userId extId name isModerator authToken guest \
         guestStatus joined joinErrorCode joinErrorMessage currentlyInMeeting loggedOut disconnected ejected ejectReason \
         ejectReasonCode banned color logoutUrl meeting { ended endedReasonCode endedByUserName logoutUrl } } }",
    ),
    op(
        "Patched_userCurrentSubscription",
        "user_current",
        "subscription Patched_userCurrentSubscription { user_current { userId name isModerator authToken guestStatus \
         joined joinErrorCode joinErrorMessage loggedOut ejectReasonCode meeting { ended endedReasonCode endedByUserName \
         logoutUrl } } }",
    ),
];

const ME_FULL: [Operation; 3] = [
    op(
        "Patched_userCurrentSubscription",
        "user_current",
        "subscription Patched_userCurrentSubscription { user_current { userId extId name role isModerator presenter guest \
         guestStatus joined currentlyInMeeting loggedOut ejected ejectReasonCode locked away raiseHand color \
         inactivityWarningDisplay inactivityWarningTimeoutSecs logoutUrl cameras { streamId } voice { joined listenOnly \
         listenOnlyInputDevice deafened } userLockSettings { disablePublicChat } livekit { livekitToken } } }",
    ),
    op(
        "Patched_userCurrentSubscription",
        "user_current",
        "subscription Patched_userCurrentSubscription { user_current { userId extId name role isModerator presenter guest \
         guestStatus joined currentlyInMeeting loggedOut ejected ejectReasonCode locked away raiseHand color \
         inactivityWarningDisplay inactivityWarningTimeoutSecs logoutUrl cameras { streamId } voice { joined listenOnly \
         deafened } } }",
    ),
    op(
        "Patched_userCurrentSubscription",
        "user_current",
        "subscription Patched_userCurrentSubscription { user_current { userId name role isModerator presenter joined \
         loggedOut ejectReasonCode locked away raiseHand } }",
    ),
];

const LOBBY: [Operation; 2] = [
    op(
        "getGuestLobbyInfo",
        "user_current",
        "subscription getGuestLobbyInfo { user_current { guestStatusDetails { guestLobbyMessage positionInWaitingQueue \
         isAllowed } meeting { usersPolicies { guestLobbyMessage } } } }",
    ),
    op(
        "getGuestLobbyInfo",
        "user_current",
        "subscription getGuestLobbyInfo { user_current { guestStatusDetails { guestLobbyMessage positionInWaitingQueue } \
         } }",
    ),
];

const MEETING: [Operation; 2] = [
    op(
        "Patched_MeetingSubscription",
        "meeting",
        "subscription Patched_MeetingSubscription { meeting { meetingId name durationInSeconds createdTime lockSettings { \
         disableCam disableMic disableNotes disablePrivateChat disablePublicChat hasActiveLockSetting hideUserList \
         webcamsOnlyForModerator lockOnJoin } usersPolicies { guestPolicy guestLobbyMessage webcamsOnlyForModerator \
         moderatorsCanMuteAudio moderatorsCanUnmuteAudio } voiceSettings { muteOnStart voiceConf } componentsFlags { \
         hasBreakoutRoom hasCurrentPresentation hasExternalVideo hasPoll hasScreenshare hasTimer } } }",
    ),
    op(
        "Patched_MeetingSubscription",
        "meeting",
        "subscription Patched_MeetingSubscription { meeting { durationInSeconds lockSettings { disableCam disableMic \
         disableNotes disablePrivateChat disablePublicChat hideUserList webcamsOnlyForModerator } usersPolicies { \
         guestPolicy webcamsOnlyForModerator } componentsFlags { hasPoll hasScreenshare } } }",
    ),
];

const PEOPLE_COUNT: [Operation; 1] =
    [op("UsersCount", "user_aggregate", "subscription UsersCount { user_aggregate { aggregate { count } } }")];

// Order as the page of BBB has it; 4.0 does not know hasDrawPermissionOnCurrentPage (`graphql.md` §24).
const PEOPLE: [Operation; 3] = [
    op(
        "Patched_UserListSubscription",
        "user",
        "subscription Patched_UserListSubscription($offset: Int!, $limit: Int!) { user(limit: $limit, offset: $offset, \
         order_by: [{presenter: desc}, {role: asc}, {raiseHandTime: asc_nulls_last}, {isDialIn: desc}, \
         {hasDrawPermissionOnCurrentPage: desc}, {nameSortable: asc}, {registeredAt: asc}, {userId: asc}]) { userId name \
         role isModerator presenter color away raiseHand locked bot guest isDialIn disconnected voice { joined listenOnly \
         deafened spoke } cameras { streamId } __typename } }",
    ),
    op(
        "Patched_UserListSubscription",
        "user",
        "subscription Patched_UserListSubscription($offset: Int!, $limit: Int!) { user(limit: $limit, offset: $offset, \
         order_by: [{presenter: desc}, {role: asc}, {raiseHandTime: asc_nulls_last}, {isDialIn: desc}, \
         {nameSortable: asc}, {registeredAt: asc}, {userId: asc}]) { userId name role isModerator presenter color away \
         raiseHand locked guest isDialIn voice { joined listenOnly spoke } cameras { streamId } __typename } }",
    ),
    op(
        "Patched_UserListSubscription",
        "user",
        "subscription Patched_UserListSubscription($offset: Int!, $limit: Int!) { user(limit: $limit, offset: $offset, \
         order_by: [{presenter: desc}, {role: asc}, {nameSortable: asc}, {userId: asc}]) { userId name role isModerator \
         presenter color raiseHand locked voice { joined listenOnly } __typename } }",
    ),
];

// Whether nameSortable keeps accents is up to the server, so both columns are searched.
const PEOPLE_SEARCH: [Operation; 2] = [
    op(
        "Patched_UserListSubscription",
        "user",
        "subscription Patched_UserListSubscription($offset: Int!, $limit: Int!, $pattern: String!) { user(limit: $limit, \
         offset: $offset, where: {_or: [{name: {_ilike: $pattern}}, {nameSortable: {_ilike: $pattern}}]}, order_by: [{presenter: desc}, {role: asc}, \
         {raiseHandTime: asc_nulls_last}, {isDialIn: desc}, {hasDrawPermissionOnCurrentPage: desc}, {nameSortable: asc}, \
         {registeredAt: asc}, {userId: asc}]) { userId name role isModerator presenter color away raiseHand locked bot \
         guest isDialIn disconnected voice { joined listenOnly deafened } cameras { streamId } __typename } }",
    ),
    op(
        "Patched_UserListSubscription",
        "user",
        "subscription Patched_UserListSubscription($offset: Int!, $limit: Int!, $pattern: String!) { user(limit: $limit, \
         offset: $offset, where: {_or: [{name: {_ilike: $pattern}}, {nameSortable: {_ilike: $pattern}}]}, order_by: [{presenter: desc}, {role: asc}, \
         {nameSortable: asc}, {userId: asc}]) { userId name role isModerator presenter color raiseHand locked voice { \
         joined listenOnly } cameras { streamId } __typename } }",
    ),
];

const HANDS: [Operation; 1] = [op(
    "Patched_RaisedHandUsers",
    "user",
    "subscription Patched_RaisedHandUsers { user(where: {raiseHand: {_eq: true}}, order_by: [{raiseHandTime: \
     asc_nulls_last}]) { userId name color presenter isModerator raiseHandTime } }",
)];

const CHATS: [Operation; 2] = [
    op(
        "Patched_ChatSubscription",
        "chat",
        "subscription Patched_ChatSubscription { chat(order_by: [{public: desc}, {totalUnread: desc}, {participant: \
         {name: asc, userId: asc}}]) { chatId public totalMessages totalUnread lastSeenAt participant { userId name role \
         color isModerator } } }",
    ),
    op(
        "Patched_ChatSubscription",
        "chat",
        "subscription Patched_ChatSubscription { chat { chatId public totalMessages totalUnread participant { userId name \
         } } }",
    ),
];

const CHAT_PAGE: [Operation; 2] = [
    op(
        "Patched_chatMessages",
        "chat_message_public",
        "subscription Patched_chatMessages($limit: Int!, $offset: Int!) { chat_message_public(limit: $limit, offset: \
         $offset, order_by: {createdAt: asc}) { messageId messageSequence chatId message messageType senderId senderName \
         senderRole createdAt editedAt deletedAt user { userId name color isModerator } } }",
    ),
    op(
        "Patched_chatMessages",
        "chat_message_public",
        "subscription Patched_chatMessages($limit: Int!, $offset: Int!) { chat_message_public(limit: $limit, offset: \
         $offset, order_by: {createdAt: asc}) { messageId chatId message messageType senderId senderName senderRole \
         createdAt } }",
    ),
];

const CHAT_STREAM: [Operation; 2] = [
    op(
        "getChatMessageStream",
        "chat_message_stream",
        "subscription getChatMessageStream($createdAt: timestamptz!) { chat_message_stream(cursor: { initial_value: { \
         createdAt: $createdAt }, ordering: ASC}, batch_size: 10) { chatId createdAt message messageId messageMetadata \
         messageType senderName senderRole senderId } }",
    ),
    op(
        "chatMessages",
        "chat_message_public_stream",
        "subscription chatMessages($createdAt: timestamptz!) { chat_message_public_stream(cursor: { initial_value: { \
         createdAt: $createdAt }, ordering: ASC}, batch_size: 10) { chatId createdAt message messageId messageMetadata \
         messageType senderName senderRole senderId } }",
    ),
];

const TYPING: [Operation; 2] = [
    op(
        "IsTyping",
        "user_typing_public",
        "subscription IsTyping($chatId: String!) { user_typing_public(order_by: {startedTypingAt: asc}, limit: 4, where: \
         {isCurrentlyTyping: {_eq: true}, chatId: {_eq: $chatId}}) { chatId userId isCurrentlyTyping user { name } } }",
    ),
    op(
        "IsTyping",
        "user_typing_public",
        "subscription IsTyping($chatId: String!) { user_typing_public(order_by: {startedTypingAt: asc}, limit: 4, where: \
         {chatId: {_eq: $chatId}}) { chatId userId lastTypingAt user { name } } }",
    ),
];

// The managed stream sends all its fields whatever is selected; the shorter selection is for servers that leave it to
// Hasura, which does not know voiceUserId and leftVoiceConf (`graphql.md` §5).
const VOICE: [Operation; 3] = [
    op(
        "getUserVoiceStateStream",
        "user_voice_activity_stream",
        "subscription getUserVoiceStateStream { user_voice_activity_stream(cursor: { initial_value: { voiceActivityAt: \
         \"2020-01-01\" } }, batch_size: 10) { userId voiceUserId talking muted leftVoiceConf user { color name \
         speechLocale } } }",
    ),
    op(
        "getUserVoiceStateStream",
        "user_voice_activity_stream",
        "subscription getUserVoiceStateStream { user_voice_activity_stream(cursor: { initial_value: { voiceActivityAt: \
         \"2020-01-01\" } }, batch_size: 10) { userId talking muted user { color name speechLocale } } }",
    ),
    op(
        "UserVoiceActivity",
        "user_voice_activity_stream",
        "subscription UserVoiceActivity { user_voice_activity_stream(cursor: { initial_value: { voiceActivityAt: \
         \"2020-01-01\" } }, batch_size: 10) { muted startTime endTime talking userId user { color name } } }",
    ),
];

const CAMERAS: [Operation; 3] = [
    op(
        "Patched_VideoStreams",
        "user_camera",
        "subscription Patched_VideoStreams { user_camera(order_by: {userId: asc}) { streamId contentType showAsContent \
         user { userId name nameSortable pinned away disconnected role color presenter isModerator } voice { floor \
         lastFloorTime joined listenOnly } } }",
    ),
    op(
        "Patched_VideoStreams",
        "user_camera",
        "subscription Patched_VideoStreams { user_camera(order_by: {userId: asc}) { streamId user { userId name \
         nameSortable pinned away disconnected role color presenter isModerator } voice { floor lastFloorTime joined \
         listenOnly } } }",
    ),
    op(
        "Patched_VideoStreams",
        "user_camera",
        "subscription Patched_VideoStreams { user_camera { streamId user { userId name role isModerator } } }",
    ),
];

const SCREEN: [Operation; 2] = [
    op(
        "Patched_Screenshare",
        "screenshare",
        "subscription Patched_Screenshare { screenshare { screenshareId contentType hasAudio startedAt stoppedAt stream \
         vidHeight vidWidth voiceConf } }",
    ),
    op(
        "Patched_Screenshare",
        "screenshare",
        "subscription Patched_Screenshare { screenshare { screenshareId startedAt stoppedAt stream } }",
    ),
];

const RECORDING: [Operation; 1] = [op(
    "getMeetingRecordingData",
    "meeting_recording",
    "subscription getMeetingRecordingData { meeting_recording { isRecording startedAt startedBy \
     previousRecordedTimeInSeconds } }",
)];

const NOTICES: [Operation; 1] = [op(
    "getNotificationStream",
    "notification_stream",
    "subscription getNotificationStream($initialCursor: timestamptz!) { notification_stream(batch_size: 10, cursor: { \
     initial_value: {createdAt: $initialCursor}}) { notificationType icon messageId messageValues \
     isSingleUserNotification createdAt } }",
)];

const SERVER_TIME: [Operation; 1] =
    [op("getServerTime", "current_time", "query getServerTime { current_time { currentTimestamp } }")];

impl Mutation {
    /// The ways to send it, best first; `root` is the function's name. Arguments always go as variables, because the
    /// middleware reads texts with regular expressions (`session.md` §3.4).
    #[must_use]
    pub fn operations(&self) -> &'static [Operation] {
        match self {
            Self::UserJoin { .. } => &USER_JOIN,
            Self::Leave => &LEAVE,
            Self::EndMeeting => &END_MEETING,
            Self::SetMuted { .. } => &SET_MUTED,
            Self::MuteAll { .. } => &MUTE_ALL,
            Self::SetListenOnlyInput { .. } => &LISTEN_ONLY_INPUT,
            Self::RaiseHand { .. } => &RAISE_HAND,
            Self::SendChat { .. } => &SEND_CHAT,
            Self::Typing => &SET_TYPING,
            Self::ChatSeen { .. } => &CHAT_SEEN,
            Self::CameraStart { .. } => &CAMERA_START,
            Self::CameraStop { .. } => &CAMERA_STOP,
            Self::ConnectionAlive { .. } => &CONNECTION_ALIVE,
            Self::ActivitySign => &ACTIVITY_SIGN,
            Self::SetTalking { .. } => &SET_TALKING,
        }
    }

    /// Variables for each of [`Mutation::operations`].
    #[must_use]
    pub fn variables(&self) -> Value {
        match self {
            Self::UserJoin { auth_token } => {
                json!({"authToken": auth_token, "clientType": "HTML5", "clientIsMobile": false})
            }
            Self::Leave | Self::EndMeeting | Self::ActivitySign => json!({}),
            Self::SetMuted { user, muted } => json!({"userId": user, "muted": muted}),
            Self::MuteAll { except_presenter } => json!({"muted": true, "exceptPresenter": except_presenter}),
            Self::SetListenOnlyInput { listen_only } => json!({"listenOnlyInputDevice": listen_only}),
            Self::RaiseHand { user, up } => json!({"userId": user, "raiseHand": up}),
            Self::SendChat { text } => json!({"chatId": PUBLIC_CHAT, "chatMessageInMarkdownFormat": text}),
            Self::Typing => json!({"chatId": PUBLIC_CHAT}),
            Self::ChatSeen { at } => json!({"chatId": PUBLIC_CHAT, "lastSeenAt": at}),
            Self::CameraStart { stream } => json!({"stream": stream, "contentType": "camera"}),
            Self::CameraStop { stream } => json!({"stream": stream}),
            Self::ConnectionAlive { server_request_id, client_session, network_rtt_ms, application_rtt_ms } => json!({
                "serverRequestId": server_request_id,
                "clientSessionUUID": client_session,
                "networkRttInMs": network_rtt_ms,
                "applicationRttInMs": application_rtt_ms,
            }),
            Self::SetTalking { talking } => json!({"talking": talking}),
        }
    }
}

const USER_JOIN: [Operation; 1] = [op(
    "UserJoin",
    "userJoinMeeting",
    "mutation UserJoin($authToken: String!, $clientType: String!, $clientIsMobile: Boolean!) { userJoinMeeting(authToken: \
     $authToken, clientType: $clientType, clientIsMobile: $clientIsMobile) }",
)];

const LEAVE: [Operation; 1] =
    [op("UserLeaveMeeting", "userLeaveMeeting", "mutation UserLeaveMeeting { userLeaveMeeting }")];

const END_MEETING: [Operation; 1] = [op("MeetingEnd", "meetingEnd", "mutation MeetingEnd { meetingEnd }")];

const SET_MUTED: [Operation; 1] = [op(
    "UserSetMuted",
    "userSetMuted",
    "mutation UserSetMuted($userId: String, $muted: Boolean!) { userSetMuted(userId: $userId, muted: $muted) }",
)];

const MUTE_ALL: [Operation; 1] = [op(
    "MeetingSetMuted",
    "meetingSetMuted",
    "mutation MeetingSetMuted($muted: Boolean!, $exceptPresenter: Boolean) { meetingSetMuted(muted: $muted, \
     exceptPresenter: $exceptPresenter) }",
)];

const LISTEN_ONLY_INPUT: [Operation; 1] = [op(
    "UserSetListenOnlyInput",
    "userSetListenOnlyInput",
    "mutation UserSetListenOnlyInput($listenOnlyInputDevice: Boolean!) { userSetListenOnlyInput(listenOnlyInputDevice: \
     $listenOnlyInputDevice) }",
)];

const RAISE_HAND: [Operation; 1] = [op(
    "SetRaiseHand",
    "userSetRaiseHand",
    "mutation SetRaiseHand($userId: String!, $raiseHand: Boolean!) { userSetRaiseHand(userId: $userId, raiseHand: \
     $raiseHand) }",
)];

const SEND_CHAT: [Operation; 1] = [op(
    "ChatSendMessage",
    "chatSendMessage",
    "mutation ChatSendMessage($chatId: String!, $chatMessageInMarkdownFormat: String!) { chatSendMessage(chatId: $chatId, \
     chatMessageInMarkdownFormat: $chatMessageInMarkdownFormat) }",
)];

const SET_TYPING: [Operation; 1] = [op(
    "ChatSetTyping",
    "chatSetTyping",
    "mutation ChatSetTyping($chatId: String) { chatSetTyping(chatId: $chatId) }",
)];

const CHAT_SEEN: [Operation; 1] = [op(
    "ChatSetLastSeen",
    "chatSetLastSeen",
    "mutation ChatSetLastSeen($chatId: String, $lastSeenAt: String) { chatSetLastSeen(chatId: $chatId, lastSeenAt: \
     $lastSeenAt) }",
)];

// Some 3.0 servers require contentType, early ones do not know it (`media.md` §2.6).
const CAMERA_START: [Operation; 2] = [
    op(
        "CameraBroadcastStart",
        "cameraBroadcastStart",
        "mutation CameraBroadcastStart($stream: String!, $contentType: String!) { cameraBroadcastStart(stream: $stream, \
         contentType: $contentType) }",
    ),
    op(
        "CameraBroadcastStart",
        "cameraBroadcastStart",
        "mutation CameraBroadcastStart($stream: String!) { cameraBroadcastStart(stream: $stream) }",
    ),
];

const CAMERA_STOP: [Operation; 1] = [op(
    "CameraBroadcastStop",
    "cameraBroadcastStop",
    "mutation CameraBroadcastStop($stream: String!) { cameraBroadcastStop(stream: $stream) }",
)];

const CONNECTION_ALIVE: [Operation; 1] = [op(
    "UpdateConnectionAliveAt",
    "userSetConnectionAlive",
    "mutation UpdateConnectionAliveAt($serverRequestId: String!, $clientSessionUUID: String!, $networkRttInMs: Float!, \
     $applicationRttInMs: Float) { userSetConnectionAlive(serverRequestId: $serverRequestId, clientSessionUUID: \
     $clientSessionUUID, networkRttInMs: $networkRttInMs, applicationRttInMs: $applicationRttInMs) }",
)];

const ACTIVITY_SIGN: [Operation; 1] =
    [op("UserActivitySign", "userSendActivitySign", "mutation UserActivitySign { userSendActivitySign }")];

const SET_TALKING: [Operation; 1] = [op(
    "UserSetTalking",
    "userSetTalking",
    "mutation UserSetTalking($talking: Boolean!) { userSetTalking(talking: $talking) }",
)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_takes_wildcards_literally() {
        assert_eq!(like_pattern("a%b_c\\"), "%a\\%b\\_c\\\\%");
        assert_eq!(like_pattern(&"x".repeat(500)).len(), 66);
    }

    #[test]
    fn a_late_page_does_not_overflow() {
        let feed = Feed::PeoplePage { page: u32::MAX, search: "".into() };
        assert_eq!(feed.variables()["offset"], json!(214_748_364_750_u64));
    }
}
