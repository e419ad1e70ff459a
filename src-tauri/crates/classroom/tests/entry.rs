//! The way in and the control socket, as a bare client sees them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use classroom::{Classroom, ClassroomConfig, GuestPolicy, Quirks, Role, ServerVersion, StartError};
use common::{Person, class, follow, http, subscribe};
use serde_json::{Value, json};

#[tokio::test]
async fn a_link_leads_to_a_token_a_cookie_and_the_static_data() {
    let class = class(ClassroomConfig::default()).await;
    let ticket = follow(&class.join_url("Ada L", Role::Viewer)).await;
    assert_eq!(ticket.token.len(), 16);
    let index: Value =
        ticket.get("/bigbluebutton/api", &[("content-type", "application/json")]).await.json().await.unwrap();
    assert_eq!(index["response"]["bbbVersion"], "3.0.19");
    assert!(index["response"]["graphqlWebsocketUrl"].as_str().unwrap().starts_with("ws://127.0.0.1:"));
    let xml = ticket.get("/bigbluebutton/api", &[]).await.text().await.unwrap();
    assert!(xml.starts_with("<response><returncode>SUCCESS</returncode>"));
    let token = ticket.token.clone();
    let data: Value =
        ticket.get("/api/rest/meetingStaticData", &[("x-session-token", &token)]).await.json().await.unwrap();
    assert_eq!(data["meeting"][0]["audioBridge"], "bbb-webrtc-sfu");
    assert_eq!(data["meeting"][0]["voiceSettings"]["voiceConf"], "73939");
    assert!(data["meeting"][0]["clientSettings"]["clientSettingsJson"]["public"]["kurento"]["wsUrl"].is_string());
    let unknown: Value =
        ticket.get("/api/rest/meetingStaticData", &[("x-session-token", "nobody")]).await.json().await.unwrap();
    assert_eq!(unknown, json!({ "meeting": [] }));
    let stuns: Value =
        ticket.get(&format!("/bigbluebutton/api/stuns?sessionToken={token}"), &[]).await.json().await.unwrap();
    assert_eq!(stuns["turnServers"], json!([]));
    class.stop().await;
}

#[tokio::test]
async fn a_portal_is_one_hop_more() {
    let class = class(ClassroomConfig::default()).await;
    let response = http().get(class.portal_url("Zoë", Role::Moderator)).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let next = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(next.contains("/bigbluebutton/api/join?"));
    follow(&next).await;
    class.stop().await;
}

#[tokio::test]
async fn bad_links_are_sent_to_the_logout_page_with_the_reason() {
    let mut config = ClassroomConfig::default();
    config.policies.guest_policy = GuestPolicy::AlwaysDeny;
    let class = class(config).await;
    let good = class.join_url("Ada", Role::Viewer);
    let cases = [
        (good.replace("fullName=Ada", "fullName=Eve"), "checksumError"),
        (class.join_url_with("Ada", Role::Viewer, &[("guest", "true")]), "guestDeniedAccess"),
    ];
    for (url, key) in cases {
        let response = http().get(&url).send().await.unwrap();
        let location = url::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        let errors: Value = serde_json::from_str(&location.query_pairs().next().unwrap().1).unwrap();
        assert_eq!(errors[0]["key"], key);
        assert!(!location.as_str().contains("sessionToken"));
    }
    class.end_meeting();
    let response = http().get(&good).send().await.unwrap();
    assert!(response.headers()["location"].to_str().unwrap().contains("meetingForciblyEnded"));
    class.stop().await;
}

#[tokio::test]
async fn a_full_class_takes_nobody_more() {
    let mut config = ClassroomConfig::default();
    config.policies.max_users = 1;
    let class = class(config).await;
    let _first = Person::join(&class, "Ada", Role::Moderator).await;
    let response = http().get(class.join_url("Bob", Role::Viewer)).send().await.unwrap();
    assert!(response.headers()["location"].to_str().unwrap().contains("maxParticipantsReached"));
    class.stop().await;
}

#[tokio::test]
async fn without_the_cookie_every_door_is_shut() {
    let class = class(ClassroomConfig::default()).await;
    let mut ticket = follow(&class.join_url("Ada", Role::Viewer)).await;
    ticket.cookie = "JSESSIONID=0000".to_owned();
    let token = ticket.token.clone();
    let data = ticket.get("/api/rest/meetingStaticData", &[("x-session-token", &token)]).await;
    assert_eq!(data.status(), 401);
    let stuns: Value =
        ticket.get(&format!("/bigbluebutton/api/stuns?sessionToken={token}"), &[]).await.json().await.unwrap();
    assert_eq!(stuns["returncode"], "FAILED");
    let sfu = format!("{}/bbb-webrtc-sfu?sessionToken={token}", ticket.origin.replace("http", "ws"));
    assert_eq!(common::open(&sfu, Some(&ticket.cookie), None).await.unwrap_err(), 401);
    assert_eq!(common::open(&sfu, None, None).await.unwrap_err(), 401);
    let mut socket = ticket.graphql().await.unwrap();
    socket.send(&ticket.init()).await;
    let refusal = socket.next().await;
    assert_eq!(refusal["id"], "-1");
    assert_eq!(refusal["payload"][0]["messageId"], "check_authorization_error");
    assert_eq!(socket.next().await["close"], 4403);
    class.stop().await;
}

#[tokio::test]
async fn the_init_message_is_judged_to_the_letter() {
    let class = class(ClassroomConfig::default()).await;
    let ticket = follow(&class.join_url("Ada", Role::Viewer)).await;
    for missing in ["X-Session-Token", "X-ClientSessionUUID", "X-ClientType", "X-ClientIsMobile"] {
        let mut init = ticket.init();
        init["payload"]["headers"].as_object_mut().unwrap().remove(missing);
        let mut socket = ticket.graphql().await.unwrap();
        socket
            .send(&subscribe("early", "getUserInfo", "query getUserInfo { user_current { userId } }", &json!({})))
            .await;
        socket.send(&init).await;
        let refusal = socket.next().await;
        assert_eq!(refusal["payload"][0]["messageId"], "param_missing", "{missing}");
        assert_eq!(socket.next().await["close"], 4403);
    }
    let mut init = ticket.init();
    init["payload"]["headers"]["X-ClientIsMobile"] = json!(false);
    let mut socket = ticket.graphql().await.unwrap();
    socket.send(&init).await;
    assert_eq!(socket.next().await["payload"][0]["messageId"], "param_missing", "values are strings");
    let plain = format!("{}/graphql", ticket.origin.replace("http", "ws"));
    assert_eq!(common::open(&plain, Some(&ticket.cookie), None).await.unwrap_err(), 400);
    class.stop().await;
}

#[tokio::test]
async fn a_token_has_three_sockets_and_no_fourth() {
    let class = class(ClassroomConfig::default()).await;
    let ticket = follow(&class.join_url("Ada", Role::Viewer)).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut socket = ticket.graphql().await.unwrap();
        socket.send(&ticket.init()).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        open.push(socket);
    }
    let mut fourth = ticket.graphql().await.unwrap();
    fourth.send(&ticket.init()).await;
    assert_eq!(fourth.next().await["payload"][0]["messageId"], "too_many_connections");
    assert_eq!(fourth.next().await["close"], 4403);
    class.stop().await;
}

#[tokio::test]
async fn before_membership_unlisted_operations_are_held_and_answered_afterwards() {
    let class = class(ClassroomConfig::default()).await;
    let mut ada = Person::arrive(&class.join_url("Ada", Role::Viewer)).await;
    let users = "subscription UsersCount { user_aggregate { aggregate { count } } }";
    ada.open("count", "UsersCount", users, json!({})).await;
    assert!(ada.socket.silent(Duration::from_millis(300), |value| value["id"] == "count").await);
    ada.open(
        "wide",
        "userCurrentSubscription",
        "subscription userCurrentSubscription { user_current { role } }",
        json!({}),
    )
    .await;
    let error = ada.socket.until("error", |value| value["id"] == "wide").await;
    assert_eq!(error["type"], "error");
    assert_eq!(error["payload"][0]["message"], "field 'role' not found in type: 'user_current'");
    let auth = ada.rows("me", "user_current", |_| true).await[0]["authToken"].clone();
    ada.act("userJoinMeeting", json!({ "authToken": auth, "clientType": "HTML5", "clientIsMobile": false })).await;
    let count = ada.socket.until("held answer", |value| value["id"] == "count").await;
    assert_eq!(count["payload"]["data"]["user_aggregate"]["aggregate"]["count"], 1);
    class.stop().await;
}

#[tokio::test]
async fn a_wrong_auth_token_does_not_join() {
    let class = class(ClassroomConfig::default()).await;
    let mut ada = Person::arrive(&class.join_url("Ada", Role::Viewer)).await;
    ada.act("userJoinMeeting", json!({ "authToken": "wrong", "clientType": "HTML5" })).await;
    let me = ada.rows("me", "user_current", |rows| rows[0]["joinErrorCode"].is_string()).await;
    assert_eq!(me[0]["joined"], false);
    class.stop().await;
}

#[tokio::test]
async fn unknown_fields_and_unknown_streams_fail_in_hasuras_words() {
    let quirks = Quirks { version: ServerVersion::V3_0_0, ..Quirks::default() };
    let class = class(ClassroomConfig { quirks, ..ClassroomConfig::default() }).await;
    let mut ada = Person::join(&class, "Ada", Role::Viewer).await;
    ada.open("a", "X", "subscription X { user { userId shoeSize } }", json!({})).await;
    let error = ada.socket.until("error", |value| value["id"] == "a").await;
    assert_eq!(error["type"], "error");
    assert_eq!(error["payload"][0]["extensions"]["code"], "validation-failed");
    assert_eq!(ada.socket.until("complete", |value| value["id"] == "a").await["type"], "complete");
    let stream = "subscription getChatMessageStream($createdAt: timestamptz!) { chat_message_stream(cursor: { initial_value: { createdAt: $createdAt }, ordering: ASC}, batch_size: 10) { chatId message } }";
    ada.open("b", "getChatMessageStream", stream, json!({ "createdAt": "2020-01-01" })).await;
    assert_eq!(ada.socket.until("error", |value| value["id"] == "b").await["type"], "error");
    let old = "subscription chatMessages($createdAt: timestamptz!) { chat_message_public_stream(cursor: { initial_value: { createdAt: $createdAt }, ordering: ASC}, batch_size: 10) { chatId message } }";
    ada.open("c", "chatMessages", old, json!({ "createdAt": "2020-01-01" })).await;
    ada.act("chatSendMessage", json!({ "chatId": "MAIN-PUBLIC-GROUP-CHAT", "chatMessageInMarkdownFormat": "Salut" }))
        .await;
    let row = ada.socket.until("stream", |value| value["id"] == "c").await;
    assert_eq!(row["payload"]["data"]["chat_message_public_stream"][0]["message"], "Salut");
    class.stop().await;
}

#[tokio::test]
async fn a_silent_socket_is_closed_and_a_pong_keeps_it() {
    let quirks = Quirks {
        idle_timeout: Duration::from_millis(600),
        ping_every: Duration::from_millis(100),
        ..Quirks::default()
    };
    let class = class(ClassroomConfig { quirks, ..ClassroomConfig::default() }).await;
    let ticket = follow(&class.join_url("Ada", Role::Viewer)).await;
    let (mut quiet, mut polite) = (ticket.graphql().await.unwrap(), ticket.graphql().await.unwrap());
    quiet.send(&ticket.init()).await;
    polite.send(&ticket.init()).await;
    assert_eq!(quiet.next().await["type"], "connection_ack");
    assert_eq!(polite.next().await["type"], "connection_ack");
    for _ in 0..10 {
        assert!(polite.silent(Duration::from_millis(100), |value| value.get("close").is_some()).await);
        polite.send(&json!({ "type": "pong", "payload": { "message": "keepalive" } })).await;
    }
    assert_eq!(quiet.next().await["close"], 1000);
    class.stop().await;
}

#[tokio::test]
async fn limits_are_those_of_the_middleware() {
    let class = class(ClassroomConfig::default()).await;
    let mut ada = Person::join(&class, "Ada", Role::Viewer).await;
    let long = format!("subscription Long {{ user {{ userId {} }} }}", "name ".repeat(1200));
    ada.open("long", "Long", &long, json!({})).await;
    let error = ada.socket.until("error", |value| value["id"] == "long").await;
    assert!(error["payload"][0]["message"].as_str().unwrap().ends_with("and the max allowed is 5000"));
    let deep = "subscription Deep { a { b { c { d { e { f { g } } } } } } }";
    ada.open("deep", "Deep", deep, json!({})).await;
    let error = ada.socket.until("error", |value| value["id"] == "deep").await;
    assert_eq!(error["payload"][0]["message"], "Query Deep is not valid with depth 7 and the max allowed is 6");
    for n in 0..100 {
        let id = format!("s{n}");
        ada.open(&id, "C", "subscription C { user_aggregate { aggregate { count } } }", json!({})).await;
    }
    let error = ada.socket.until("error", |value| value["type"] == "error").await;
    assert_eq!(error["payload"][0]["message"], "Limit exceeded: Maximum 100 concurrent subscriptions allowed.");
    class.stop().await;
}

#[tokio::test]
async fn only_loopback_is_listened_on_and_a_taken_port_says_so() {
    let bind = "0.0.0.0:0".parse().unwrap();
    let refused = Classroom::start(ClassroomConfig { bind, ..ClassroomConfig::default() }).await.unwrap_err();
    assert!(matches!(refused, StartError::NotLoopback(_)));
    let first = class(ClassroomConfig::default()).await;
    let taken =
        Classroom::start(ClassroomConfig { bind: first.address(), ..ClassroomConfig::default() }).await.unwrap_err();
    assert_eq!(
        taken.to_string(),
        format!(
            "port {} on this computer is taken: choose another port, or 0 for any free one",
            first.address().port()
        )
    );
    first.stop().await;
}

#[tokio::test]
async fn stopping_closes_sockets_and_joins_everything_in_time() {
    let class = class(ClassroomConfig::default()).await;
    let mut ada = Person::join(&class, "Ada", Role::Viewer).await;
    let _sfu = ada.ticket.sfu().await;
    let address = class.address();
    let started = tokio::time::Instant::now();
    class.stop().await;
    assert!(started.elapsed() < Duration::from_secs(4));
    assert!(ada.socket.next().await.get("close").is_some());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
