//! What happens in a class, as its people's control sockets tell it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use classroom::{CastConfig, Classroom, ClassroomConfig, GuestPolicy, Language, Quirks, Role};
use common::{PATIENCE, Person, class};
use serde_json::json;

const LIST: &str = "subscription Patched_UserListSubscription($offset: Int!, $limit: Int!) { user(limit: $limit, offset: $offset, order_by: [{presenter: desc}, {role: asc}, {raiseHandTime: asc_nulls_last}, {isDialIn: desc}, {hasDrawPermissionOnCurrentPage: desc}, {nameSortable: asc}, {registeredAt: asc}, {userId: asc}]) { userId name role isModerator presenter color avatar away raiseHand reactionEmoji locked mobile guest isDialIn voice { joined listenOnly deafened voiceUserId } cameras { streamId } __typename } }";
const HANDS: &str = "subscription RaisedHandUsers { user(where: {raiseHand: {_eq: true}}, order_by: [{raiseHandTime: asc_nulls_last}]) { userId name raiseHand raiseHandTime } }";
const VOICES: &str = "subscription getUserVoiceStateStream { user_voice_activity_stream(cursor: { initial_value: { voiceActivityAt: \"2020-01-01\" } }, batch_size: 10) { userId talking muted } }";
const CHATS: &str = "subscription ChatSubscription { chat(order_by: [{public: desc}, {totalUnread: desc}, {participant: {name: asc, userId: asc}}]) { chatId public totalMessages totalUnread lastSeenAt participant { userId } } }";

async fn pair(class: &Classroom) -> (Person, Person) {
    (Person::join(class, "Mme Martin", Role::Moderator).await, Person::join(class, "Noé", Role::Viewer).await)
}

#[tokio::test]
async fn the_list_is_ordered_patched_and_repeats_nothing() {
    let class = class(ClassroomConfig::default()).await;
    let (mut teacher, mut pupil) = pair(&class).await;
    let _third = Person::join(&class, "Adam", Role::Viewer).await;
    teacher.open("list", "Patched_UserListSubscription", LIST, json!({ "offset": 0, "limit": 50 })).await;
    let rows = teacher.rows("list", "user", |rows| rows.as_array().is_some_and(|rows| rows.len() == 3)).await;
    let names: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Mme Martin", "Adam", "Noé"]);
    assert_eq!(rows[0]["presenter"], true);
    pupil.act("userSetRaiseHand", json!({ "userId": pupil.id, "raiseHand": true })).await;
    let message = teacher.socket.until("patch", |value| value["id"] == "list").await;
    let patch = message["payload"]["data"]["patch"].as_array().unwrap();
    assert!(patch.iter().any(|step| step["op"] == "move"), "a hand moves its owner up: {patch:?}");
    pupil.act("userSetRaiseHand", json!({ "userId": pupil.id, "raiseHand": true })).await;
    assert!(teacher.socket.silent(Duration::from_millis(300), |value| value["id"] == "list").await, "nothing new");
    class.stop().await;
}

#[tokio::test]
async fn hands_keep_their_order_and_a_teacher_lowers_any() {
    let class = class(ClassroomConfig::default()).await;
    let (mut teacher, mut noe) = pair(&class).await;
    let mut lina = Person::join(&class, "Lina", Role::Viewer).await;
    teacher.open("hands", "RaisedHandUsers", HANDS, json!({})).await;
    noe.act("userSetRaiseHand", json!({ "userId": noe.id, "raiseHand": true })).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.person("Noé").is_some_and(|p| p.hand)).await);
    lina.act("userSetRaiseHand", json!({ "userId": lina.id, "raiseHand": true })).await;
    let rows = teacher.rows("hands", "user", |rows| rows.as_array().is_some_and(|rows| rows.len() == 2)).await;
    assert_eq!((&rows[0]["name"], &rows[1]["name"]), (&json!("Noé"), &json!("Lina")));
    lina.act("userSetRaiseHand", json!({ "userId": noe.id, "raiseHand": false })).await;
    teacher.act("userSetRaiseHand", json!({ "userId": noe.id, "raiseHand": false })).await;
    teacher.rows("hands", "user", |rows| rows.as_array().is_some_and(|rows| rows.len() == 1)).await;
    class.stop().await;
}

#[tokio::test]
async fn a_message_reaches_stream_page_and_unread_count() {
    let class = class(ClassroomConfig::default()).await;
    let (mut teacher, mut noe) = pair(&class).await;
    let stream = "subscription getChatMessageStream($createdAt: timestamptz!) { chat_message_stream(cursor: { initial_value: { createdAt: $createdAt }, ordering: ASC}, batch_size: 10) { chatId } }";
    teacher.open("stream", "getChatMessageStream", stream, json!({ "createdAt": "2020-01-01" })).await;
    teacher.open("chats", "ChatSubscription", CHATS, json!({})).await;
    let page = "subscription chatMessages($limit: Int!, $offset: Int!) { chat_message_public(limit: $limit, offset: $offset, order_by: {createdAt: asc}) { messageId messageSequence message senderName user { name } reactions { reactionEmoji } } }";
    teacher.open("page", "chatMessages", page, json!({ "limit": 50, "offset": 0 })).await;
    noe.act("chatSetTyping", json!({ "chatId": "MAIN-PUBLIC-GROUP-CHAT" })).await;
    noe.act(
        "chatSendMessage",
        json!({ "chatId": "MAIN-PUBLIC-GROUP-CHAT", "chatMessageInMarkdownFormat": "Je trouve **10/15**" }),
    )
    .await;
    let row = teacher.socket.until("stream", |value| value["id"] == "stream").await;
    let row = &row["payload"]["data"]["chat_message_stream"][0];
    assert_eq!((&row["message"], &row["messageMetadata"]), (&json!("Je trouve **10/15**"), &json!({})));
    let rows = teacher.rows("page", "chat_message_public", |rows| rows[0].is_object()).await;
    assert_eq!(rows[0]["user"]["name"], "Noé");
    teacher.rows("chats", "chat", |rows| rows[0]["totalUnread"] == 1).await;
    teacher
        .act("chatSetLastSeen", json!({ "chatId": "MAIN-PUBLIC-GROUP-CHAT", "lastSeenAt": "2099-01-01T00:00:00.000Z" }))
        .await;
    teacher.rows("chats", "chat", |rows| rows[0]["totalUnread"] == 0).await;
    class.stop().await;
}

#[tokio::test]
async fn mutations_answer_true_first_and_are_refused_in_the_action_servers_words() {
    let class = class(ClassroomConfig::default()).await;
    let (_teacher, mut noe) = pair(&class).await;
    let cases = [
        ("meetingSetMuted", json!({ "muted": true }), "meetingSetMuted: Permission Denied (not moderator)."),
        ("userSetMuted", json!({}), "userSetMuted: Missing required parameter: 'muted'."),
        ("userSetMuted", json!({ "muted": "yes" }), "userSetMuted: Parameter 'muted' should be of type boolean."),
    ];
    for (name, arguments, fault) in cases {
        let error = noe.try_act(name, arguments).await.unwrap_err();
        assert_eq!(
            error,
            format!("It was not able to send the request to Graphql Actions: graphql actions request failed: {fault}")
        );
    }
    noe.socket.send_text(r#"{"id":"spaced","type":"subscribe","payload":{"operationName":"M","variables":{},"query": "mutation M { userLeaveMeeting }"}}"#).await;
    let error = noe.socket.until("error", |value| value["id"] == "spaced").await;
    assert_eq!(error["type"], "error", "a blank after the colon makes it no mutation");
    assert!(class.facts().person("Noé").is_some());
    class.stop().await;
}

#[tokio::test]
async fn overstepping_puts_one_out() {
    let class = class(ClassroomConfig::default()).await;
    let (teacher, mut noe) = pair(&class).await;
    let mut lina = Person::join(&class, "Lina", Role::Viewer).await;
    noe.act("userSetMuted", json!({ "userId": teacher.id, "muted": true })).await;
    let me = noe.rows("me", "user_current", |rows| rows[0]["ejected"] == true).await;
    assert_eq!(me[0]["ejectReasonCode"], "not_enough_permission_eject_reason");
    class.lock(true, false);
    lina.act("cameraBroadcastStart", json!({ "stream": format!("{}_x_cam0", lina.id), "contentType": "camera" })).await;
    lina.rows("me", "user_current", |rows| rows[0]["ejected"] == true).await;
    class.stop().await;
}

#[tokio::test]
async fn a_guest_waits_until_the_teacher_decides() {
    let mut config = ClassroomConfig::default();
    config.policies.guest_policy = GuestPolicy::AskModerator;
    let class = class(config).await;
    let mut teacher = Person::join(&class, "Mme Martin", Role::Moderator).await;
    let lobby =
        "subscription getGuestWaitingUsers { user_guest(where: {isWaiting: {_eq: true}}) { userId user { name } } }";
    teacher.open("lobby", "getGuestWaitingUsers", lobby, json!({})).await;
    let mut guest = Person::arrive(&class.join_url_with("Visiteuse", Role::Viewer, &[("guest", "true")])).await;
    guest.rows("me", "user_current", |rows| rows[0]["guestStatus"] == "WAIT").await;
    let rows = teacher.rows("lobby", "user_guest", |rows| rows[0].is_object()).await;
    assert_eq!(rows[0]["user"]["name"], "Visiteuse");
    teacher
        .act("guestUsersSubmitApprovalStatus", json!({ "guests": [{ "guest": guest.id, "status": "ALLOW" }] }))
        .await;
    guest.rows("me", "user_current", |rows| rows[0]["guestStatus"] == "ALLOW").await;
    teacher.rows("lobby", "user_guest", |rows| rows.as_array().is_some_and(Vec::is_empty)).await;
    class.stop().await;
}

#[tokio::test]
async fn the_end_is_read_before_the_door_shuts_and_ejection_has_its_code() {
    let class = class(ClassroomConfig::default()).await;
    let (mut teacher, mut noe) = pair(&class).await;
    class.eject("Noé");
    let me = noe.rows("me", "user_current", |rows| rows[0]["ejected"] == true).await;
    assert_eq!(me[0]["ejectReasonCode"], "user_requested_eject_reason");
    teacher.act("meetingEnd", json!({})).await;
    let me = teacher.rows("me", "user_current", |rows| rows[0]["meeting"]["ended"] == true).await;
    assert_eq!(me[0]["meeting"]["endedReasonCode"], "ENDED_AFTER_USER_LOGGED_OUT");
    class.stop().await;
}

#[tokio::test]
async fn a_cut_line_is_missed_and_a_leaver_is_not() {
    let quirks = Quirks { expire_after: Duration::from_millis(300), ..Quirks::default() };
    let class = class(ClassroomConfig { quirks, ..ClassroomConfig::default() }).await;
    let (mut teacher, mut noe) = pair(&class).await;
    noe.act("userLeaveMeeting", json!({})).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.person("Noé").is_none()).await);
    class.say_nonsense("{\"type\":");
    class.cut_control_sockets();
    assert_eq!(
        teacher.socket.until("end", |value| value.get("close").is_some() || value.is_null()).await,
        serde_json::Value::Null
    );
    assert_eq!(teacher.socket.next().await["close"], 1006);
    assert!(class.wait_for(PATIENCE, |facts| facts.people.is_empty()).await, "gone after a while");
    class.stop().await;
}

#[tokio::test]
async fn expired_sessions_open_no_door() {
    let class = class(ClassroomConfig::default()).await;
    let (teacher, _noe) = pair(&class).await;
    class.expire_sessions();
    let mut socket = teacher.ticket.graphql().await.unwrap();
    socket.send(&teacher.ticket.init()).await;
    assert_eq!(socket.next().await["payload"][0]["messageId"], "user_not_found");
    class.stop().await;
}

#[tokio::test]
async fn the_cast_comes_late_raises_hands_writes_and_answers_the_teacher() {
    let cast = CastConfig::Pupils { count: 8, language: Language::French, arrive_within: Duration::from_millis(800) };
    let class = class(ClassroomConfig { cast, seed: 4, ..ClassroomConfig::default() }).await;
    let mut teacher = Person::join(&class, "Mme Martin", Role::Moderator).await;
    teacher.open("voices", "getUserVoiceStateStream", VOICES, json!({})).await;
    assert!(class.wait_for(PATIENCE, |facts| facts.people.len() == 9).await, "eight pupils and the teacher");
    assert!(class.wait_for(PATIENCE, |facts| facts.cameras.len() == 7).await);
    assert!(class.facts().people.iter().filter(|p| p.name != "Mme Martin").all(|p| p.in_voice && p.muted));
    let before = class.facts().chat.len();
    teacher
        .act(
            "chatSendMessage",
            json!({ "chatId": "MAIN-PUBLIC-GROUP-CHAT", "chatMessageInMarkdownFormat": "Tout le monde entend bien ?" }),
        )
        .await;
    assert!(class.wait_for(PATIENCE, |facts| facts.chat.len() >= before + 2).await, "somebody answers");
    assert!(class.wait_for(Duration::from_secs(60), |facts| facts.people.iter().any(|p| p.hand)).await, "hands go up");
    class.stop().await;
}
