//! The session against scripted servers, well-behaved and hostile ones.

use super::session::{BadMessage, Init, MAX_FEEDS, MAX_MESSAGE, MutationError, Session, SessionEvent};
use super::{ClientMessage, Feed, FeedData, Mutation, ServerMessage};
use crate::ids::MutationId;
use serde_json::{Value, json};

const TOKEN: &str = "ai1wqj8wb6s7rnk0";

fn session() -> Session {
    Session::new(Init { token: TOKEN.into(), client_session: "0f3f2a52-2a0b-4c3e-9c6f-1f3a7e5d1b11".into() })
}

fn receive(session: &mut Session, message: &Value) -> Vec<SessionEvent> {
    receive_text(session, &message.to_string())
}

fn receive_text(session: &mut Session, text: &str) -> Vec<SessionEvent> {
    let mut out = Vec::new();
    session.receive(text, &mut out);
    out
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn id(text: &str) -> Value {
    parsed(text)["id"].clone()
}

fn next(id: &Value, data: &Value) -> Value {
    json!({"id": id, "type": "next", "payload": {"data": data}})
}

fn unknown_field(id: &Value) -> Value {
    json!({"id": id, "type": "error", "payload": [{"message": "field 'x' not found in type: 'user'",
        "extensions": {"path": "$.selectionSet.user", "code": "validation-failed"}}]})
}

fn only_send(events: &[SessionEvent]) -> String {
    match events {
        [SessionEvent::Send(text)] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_message_carries_all_four_headers_as_strings() {
    assert_eq!(
        parsed(&session().hello()),
        json!({"type": "connection_init", "payload": {"headers": {
            "X-Session-Token": TOKEN,
            "X-ClientSessionUUID": "0f3f2a52-2a0b-4c3e-9c6f-1f3a7e5d1b11",
            "X-ClientType": "HTML5",
            "X-ClientIsMobile": "false",
        }}})
    );
}

#[test]
fn an_ack_makes_it_ready_and_a_ping_is_answered_with_its_payload() {
    let mut session = session();
    assert_eq!(receive(&mut session, &json!({"type": "connection_ack"})), [SessionEvent::Ready]);
    assert_eq!(receive(&mut session, &json!({"type": "connection_ack", "payload": {"x": 1}})), [SessionEvent::Ready]);
    let events = receive(&mut session, &json!({"type": "ping", "payload": {"message": "keepalive"}}));
    let [SessionEvent::Heard, SessionEvent::Send(pong)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(parsed(pong), json!({"type": "pong", "payload": {"message": "keepalive"}}));
    let huge = receive(&mut session, &json!({"type": "ping", "payload": {"x": "y".repeat(100_000)}}));
    let [SessionEvent::Heard, SessionEvent::Send(pong)] = huge.as_slice() else { panic!() };
    assert_eq!(pong, r#"{"type":"pong"}"#);
}

#[test]
fn a_subscription_has_the_shape_and_order_of_the_page_and_ids_like_uuids() {
    let mut session = session();
    let text = session.open(Feed::PeopleCount).unwrap();
    assert!(
        text.starts_with(
            r#"{"id":"7c3a9e10-5b2d-4f6e-8a41-000000000001","type":"subscribe","payload":{"operationName":"UsersCount""#
        ),
        "{text}"
    );
    let ClientMessage::Subscribe { payload, .. } = serde_json::from_str(&text).unwrap() else { panic!() };
    assert_eq!((payload.variables, payload.extensions), (json!({}), json!({})));
    assert_eq!(session.open(Feed::PeopleCount), None, "open already");
}

#[test]
fn a_mutation_is_compact_json_the_middleware_recognises() {
    let mut session = session();
    let text = session.mutate(MutationId(7), &Mutation::SetMuted { user: "w_kq3p".into(), muted: true });
    assert!(text.contains(r#""query":"mutation UserSetMuted("#), "{text}");
    let message = parsed(&text);
    assert_eq!(message["payload"]["variables"], json!({"userId": "w_kq3p", "muted": true}));
    assert_eq!(message["payload"]["operationName"], "UserSetMuted");
}

#[test]
fn queued_and_denied_mutations_are_told_apart() {
    let mut session = session();
    let raise = Mutation::RaiseHand { user: "w_1".into(), up: true };
    let sent = id(&session.mutate(MutationId(1), &raise));
    let done = next(&sent, &json!({"userSetRaiseHand": true}));
    assert_eq!(receive(&mut session, &done), [SessionEvent::Mutated(MutationId(1), Ok(()))]);
    assert_eq!(receive(&mut session, &json!({"id": sent, "type": "complete"})), []);

    for (message, error) in [
        (
            "It was not able to send the request to Graphql Actions: graphql actions request failed: userSetRaiseHand: Permission Denied (not moderator).",
            MutationError::Denied,
        ),
        ("userSetRaiseHand: Missing required parameter: 'raiseHand'", MutationError::Arguments),
        ("Rate limit exceeded: Maximum 900 mutations per minute allowed.", MutationError::Limited),
        ("Internal Server Error", MutationError::Server),
        ("", MutationError::Server),
    ] {
        let sent = id(&session.mutate(MutationId(2), &raise));
        let refused = json!({"id": sent, "type": "error", "payload": [{"message": message}]});
        assert_eq!(receive(&mut session, &refused), [SessionEvent::Mutated(MutationId(2), Err(error))]);
        assert_eq!(receive(&mut session, &json!({"id": sent, "type": "complete"})), []);
    }
}

#[test]
fn a_camera_is_announced_with_its_kind_and_without_it_only_where_the_kind_is_refused() {
    let mut session = session();
    let start = Mutation::CameraStart { stream: "w_1_u_c".into() };
    let first = session.mutate(MutationId(1), &start);
    assert_eq!(parsed(&first)["payload"]["variables"], json!({"stream": "w_1_u_c", "contentType": "camera"}));
    let refused = json!({"id": id(&first), "type": "error", "payload": [{"message": "unknown argument contentType"}]});
    let second = only_send(&receive(&mut session, &refused));
    assert_eq!(parsed(&second)["payload"]["variables"], json!({"stream": "w_1_u_c"}));
    let done = next(&id(&second), &json!({"cameraBroadcastStart": true}));
    assert_eq!(receive(&mut session, &done), [SessionEvent::Mutated(MutationId(1), Ok(()))]);
    let third = session.mutate(MutationId(2), &start);
    assert_eq!(parsed(&third)["payload"]["variables"], json!({"stream": "w_1_u_c"}), "remembered");

    // Not for any other reason: a second attempt without permission ejects (`media.md` §2.8).
    let denied = json!({"id": id(&third), "type": "error", "payload": [{"message": "Permission Denied"}]});
    assert_eq!(receive(&mut session, &denied), [SessionEvent::Mutated(MutationId(2), Err(MutationError::Denied))]);
}

#[test]
fn full_data_and_patches_are_both_understood() {
    let mut session = session();
    let page = Feed::PeoplePage { page: 0, search: "".into() };
    let sent = id(&session.open(page).unwrap());
    let full = json!({"user": [{"userId": "a", "name": "Ada", "raiseHand": false}, {"userId": "b"}]});
    let events = receive(&mut session, &next(&sent, &full));
    let [SessionEvent::Data(FeedData::PeoplePage { page: 0, rows })] = events.as_slice() else { panic!() };
    assert_eq!((rows.len(), rows[0].raise_hand), (2, Some(false)));

    let patch = json!({"patch": [
        {"op": "replace", "path": "/0/raiseHand", "value": true},
        {"op": "add", "path": "/2", "value": {"userId": "c"}},
        {"op": "move", "from": "/2", "path": "/0"},
    ], "user": []});
    let events = receive(&mut session, &next(&sent, &patch));
    let [SessionEvent::Data(FeedData::PeoplePage { rows, .. })] = events.as_slice() else { panic!() };
    let ids: Vec<_> = rows.iter().filter_map(|row| row.user_id.as_ref()).map(|id| id.as_str()).collect();
    assert_eq!((ids.as_slice(), rows[1].raise_hand), (["c", "a", "b"].as_slice(), Some(true)));

    let events = receive(&mut session, &next(&sent, &json!({"user": [{"userId": "z"}]})));
    let [SessionEvent::Data(FeedData::PeoplePage { rows, .. })] = events.as_slice() else { panic!() };
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_patch_that_does_not_apply_subscribes_anew_and_in_the_end_without_patches() {
    let mut session = session();
    let mut sent = session.open(Feed::Hands).unwrap();
    for failure in 1..=3 {
        assert!(sent.contains("Patched_RaisedHandUsers"), "{failure}");
        receive(&mut session, &next(&id(&sent), &json!({"user": [{"userId": "a"}]})));
        let bad = json!({"patch": [{"op": "replace", "path": "/7/name", "value": "x"}], "user": []});
        let events = receive(&mut session, &next(&id(&sent), &bad));
        let [SessionEvent::Dropped(BadMessage::Patch), SessionEvent::Send(end), SessionEvent::Send(again)] =
            events.as_slice()
        else {
            panic!("{events:?}")
        };
        assert_eq!(parsed(end), json!({"type": "complete", "id": id(&sent)}));
        assert_ne!(id(again), id(&sent));
        sent.clone_from(again);
        assert_eq!(session.counters().patches_failed, failure);
    }
    assert!(sent.contains(r#""operationName":"RaisedHandUsers""#) && !sent.contains("Patched_"), "{sent}");
    let events = receive(&mut session, &next(&id(&sent), &json!({"user": [{"userId": "a"}]})));
    assert!(matches!(events.as_slice(), [SessionEvent::Data(FeedData::Hands(_))]));
    let events = receive(&mut session, &next(&id(&sent), &json!({"patch": [], "user": []})));
    assert!(matches!(events.last(), Some(SessionEvent::Refused(Feed::Hands))), "{events:?}");
}

#[test]
fn a_patch_without_a_base_subscribes_anew() {
    let mut session = session();
    let sent = id(&session.open(Feed::Cameras).unwrap());
    let events = receive(&mut session, &next(&sent, &json!({"patch": [], "user_camera": []})));
    assert!(matches!(
        events.as_slice(),
        [SessionEvent::Dropped(BadMessage::Patch), SessionEvent::Send(_), SessionEvent::Send(_)]
    ));
}

#[test]
fn an_unknown_field_costs_a_feed_one_step_and_the_session_nothing() {
    let mut session = session();
    let other = id(&session.open(Feed::PeopleCount).unwrap());
    let mut sent = session.open(Feed::Voice).unwrap();
    let mut names = Vec::new();
    let refused = loop {
        names.push(parsed(&sent)["payload"]["operationName"].as_str().unwrap().to_owned());
        let events = receive(&mut session, &unknown_field(&id(&sent)));
        assert_eq!(receive(&mut session, &json!({"id": id(&sent), "type": "complete"})), []);
        match events.as_slice() {
            [SessionEvent::Send(text)] => sent.clone_from(text),
            other => break other.to_vec(),
        }
    };
    assert_eq!(names, ["getUserVoiceStateStream", "getUserVoiceStateStream", "UserVoiceActivity"]);
    assert_eq!(refused, [SessionEvent::Refused(Feed::Voice)]);
    let count = next(&other, &json!({"user_aggregate": {"aggregate": {"count": 31}}}));
    assert_eq!(receive(&mut session, &count), [SessionEvent::Data(FeedData::PeopleCount(31))]);
    assert!(session.open(Feed::Voice).is_some(), "it may be tried again");
}

#[test]
fn what_a_server_understood_is_remembered_across_a_reconnect() {
    let mut session = session();
    let first = session.open(Feed::ChatStream { since: "2026-01-01".into() }).unwrap();
    assert!(first.contains("getChatMessageStream"));
    let second = only_send(&receive(&mut session, &unknown_field(&id(&first))));
    assert!(second.contains("chat_message_public_stream"));
    receive(&mut session, &next(&id(&second), &json!({"chat_message_public_stream": []})));
    session.restart();
    assert_eq!(session.feeds().count(), 0);
    let again = session.open(Feed::ChatStream { since: "2026-02-02".into() }).unwrap();
    assert!(again.contains("chat_message_public_stream"));
    assert_ne!(id(&again), id(&first), "ids are never used twice");
}

#[test]
fn a_limit_is_no_reason_to_ask_in_other_words() {
    let mut session = session();
    let sent = id(&session.open(Feed::Cameras).unwrap());
    let limited = json!({"id": sent, "type": "error", "payload": [{"message": "Rate limit exceeded: Maximum 200 queries per minute allowed. Please try again later."}]});
    assert_eq!(receive(&mut session, &limited), [SessionEvent::Refused(Feed::Cameras)]);
}

#[test]
fn faults_that_come_as_data_count_as_errors() {
    let mut session = session();
    let sent = id(&session.open(Feed::Typing).unwrap());
    let fault = json!({"id": sent, "type": "next", "payload": {"data": null, "errors": [{"message": "no field"}]}});
    let older = only_send(&receive(&mut session, &fault));
    assert!(!older.contains("isCurrentlyTyping"));
}

#[test]
fn a_live_feed_ended_by_the_server_is_opened_again_but_not_for_ever() {
    let mut session = session();
    let mut sent = session.open(Feed::Screen).unwrap();
    for _ in 0..2 {
        sent = only_send(&receive(&mut session, &json!({"id": id(&sent), "type": "complete"})));
    }
    let events = receive(&mut session, &json!({"id": id(&sent), "type": "complete"}));
    assert_eq!(events, [SessionEvent::Refused(Feed::Screen)]);
}

#[test]
fn the_server_s_clock_is_read_once_and_its_end_is_no_fault() {
    let mut session = session();
    let sent = id(&session.open(Feed::ServerTime).unwrap());
    let data = json!({"current_time": [{"currentTimestamp": "2026-01-05T09:25:02.003+00:00"}]});
    let events = receive(&mut session, &next(&sent, &data));
    assert_eq!(events, [SessionEvent::Data(FeedData::ServerTime(1_767_605_102_003.0))]);
    assert_eq!(receive(&mut session, &json!({"id": sent, "type": "complete"})), []);
    assert!(session.open(Feed::ServerTime).is_some());
}

#[test]
fn streams_deliver_only_new_rows() {
    let mut session = session();
    let sent = id(&session.open(Feed::Voice).unwrap());
    for talking in [true, false] {
        let row = json!({"userId": "w_1", "talking": talking, "muted": false, "leftVoiceConf": false,
            "user": {"name": "Ms Curie"}, "voiceActivityAt": "2026-01-05T09:25:10.120Z"});
        let events = receive(&mut session, &next(&sent, &json!({"user_voice_activity_stream": [row]})));
        let [SessionEvent::Data(FeedData::Voice(rows))] = events.as_slice() else { panic!() };
        assert_eq!(rows.iter().map(|row| row.talking).collect::<Vec<_>>(), [Some(talking)]);
    }
}

#[test]
fn a_recording_that_never_was_is_none_and_an_invisible_self_says_nothing() {
    let mut session = session();
    let recording = id(&session.open(Feed::Recording).unwrap());
    let events = receive(&mut session, &next(&recording, &json!({"meeting_recording": []})));
    assert_eq!(events, [SessionEvent::Data(FeedData::Recording(None))]);
    let me = id(&session.open(Feed::Me).unwrap());
    assert_eq!(receive(&mut session, &next(&me, &json!({"user_current": []}))), []);
}

#[test]
fn before_and_after_joining_are_two_feeds() {
    let mut session = session();
    let (before, after) = (session.open(Feed::Me).unwrap(), session.open(Feed::MeFull).unwrap());
    assert_ne!(id(&before), id(&after));
    let row = json!({"user_current": [{"userId": "w_1", "authToken": "14mm5y3eurjw", "joined": false, "meeting": {"ended": false}}]});
    let events = receive(&mut session, &next(&id(&before), &row));
    let [SessionEvent::Data(FeedData::Me(me))] = events.as_slice() else { panic!() };
    assert_eq!((me.joined, me.meeting.as_ref().and_then(|meeting| meeting.ended)), (Some(false), Some(false)));
    let events = receive(&mut session, &next(&id(&after), &row));
    assert!(matches!(events.as_slice(), [SessionEvent::Data(FeedData::MeFull(_))]));
    let shown = format!("{events:?}{:?}", SessionEvent::Send(session.hello()));
    assert!(!shown.contains("14mm5y3eurjw") && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_refused_connection_says_why() {
    let mut session = session();
    let refused = json!({"id": "-1", "type": "error", "payload": [{"messageId": "too_many_connections", "message": "too many connections"}]});
    assert_eq!(receive(&mut session, &refused), [SessionEvent::Rejected { message_id: "too_many_connections".into() }]);
    for payload in
        [json!([]), json!({}), json!(null), json!([{"messageId": "<script>"}]), json!([{"messageId": "x".repeat(900)}])]
    {
        let refused = json!({"id": "-1", "type": "error", "payload": payload});
        assert_eq!(receive(&mut session, &refused), [SessionEvent::Rejected { message_id: "unknown".into() }]);
    }
}

#[test]
fn data_of_a_closed_feed_is_ignored() {
    let mut session = session();
    let sent = id(&session.open(Feed::Chats).unwrap());
    assert_eq!(session.close(&Feed::Chats).map(|text| parsed(&text)), Some(json!({"type": "complete", "id": sent})));
    assert_eq!(session.close(&Feed::Chats), None);
    assert_eq!(receive(&mut session, &next(&sent, &json!({"chat": []}))), []);
    assert_eq!(receive(&mut session, &unknown_field(&sent)), []);
}

#[test]
fn the_number_of_open_feeds_and_waiting_mutations_is_bounded() {
    let mut session = session();
    let opened = (0..1000).filter(|page| session.open(Feed::PeoplePage { page: *page, search: "".into() }).is_some());
    assert_eq!(opened.count(), MAX_FEEDS);
    let texts: Vec<_> = (0..2000).map(|number| session.mutate(MutationId(number), &Mutation::Typing)).collect();
    let done = |text: &String| next(&id(text), &json!({"chatSetTyping": true}));
    assert_eq!(receive(&mut session, &done(&texts[0])), [], "forgotten");
    assert_eq!(receive(&mut session, &done(&texts[1999])), [SessionEvent::Mutated(MutationId(1999), Ok(()))]);
}

#[test]
fn hostile_messages_are_dropped_and_counted_without_harm() {
    let mut session = session();
    let sent = id(&session.open(Feed::Hands).unwrap());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let not_understood = [
        "",
        " ",
        "null",
        "42",
        "\"next\"",
        "[]",
        "{}",
        "{\"type\":",
        "{\"type\":\"next\"}",
        "{\"type\":\"next\",\"id\":7,\"payload\":{}}",
        "{\"type\":\"next\",\"id\":\"x\",\"payload\":7}",
        "{\"type\":\"data\",\"id\":\"x\"}",
        "{\"type\":{\"a\":1}}",
        "{\"type\":\"ka\"}",
        "{\"type\":\"error\"}",
        "{\"type\":\"complete\"}",
        "\u{feff}{\"type\":\"connection_ack\"}",
        "<html><body>502 Bad Gateway</body></html>",
        "{\"type\":\"ping\"}{\"type\":\"ping\"}",
        "\u{0}\u{0}\u{0}",
        &deep,
    ];
    for text in not_understood {
        let events = receive_text(&mut session, text);
        assert_eq!(events, [SessionEvent::Dropped(BadMessage::NotUnderstood)], "{text:.40}");
    }
    let many: Vec<_> = (0..5001).map(|n| json!({"userId": n.to_string()})).collect();
    let shapeless = [
        json!({}),
        json!([]),
        json!("rows"),
        json!(null),
        json!({"user": null}),
        json!({"user": {"userId": "a"}}),
        json!({"user": "a"}),
        json!({"other": []}),
        json!({"user": many}),
    ];
    for data in &shapeless {
        let events = receive(&mut session, &next(&sent, data));
        assert_eq!(events, [SessionEvent::Dropped(BadMessage::Shape)]);
    }
    let huge = format!("{{\"type\":\"ping\",\"payload\":\"{}\"}}", "x".repeat(MAX_MESSAGE));
    assert_eq!(receive_text(&mut session, &huge), [SessionEvent::Dropped(BadMessage::TooLarge)]);
    let count = not_understood.len() + shapeless.len() + 1;
    assert_eq!(session.counters().dropped, u64::try_from(count).unwrap());

    let events = receive(&mut session, &next(&sent, &json!({"user": [1, null, "x", [], {"userId": "a"}]})));
    assert!(matches!(events.as_slice(), [SessionEvent::Data(FeedData::Hands(_))]), "still alive: {events:?}");
}

#[test]
fn odd_ids_meet_nothing_of_ours() {
    let mut session = session();
    session.open(Feed::Hands).unwrap();
    for odd in [
        "",
        "-1 ",
        "0",
        "7c3a9e10-5b2d-4f6e-8a41-",
        "7c3a9e10-5b2d-4f6e-8a41-00000000000g",
        "7c3a9e10-5b2d-4f6e-8a41-0000000000010",
        "7c3a9e10-5b2d-4f6e-8a41-00000000000é",
    ] {
        assert_eq!(receive(&mut session, &next(&json!(odd), &json!({"user": []}))), [], "{odd}");
        assert_eq!(receive(&mut session, &unknown_field(&json!(odd))), [], "{odd}");
        assert_eq!(receive(&mut session, &json!({"id": odd, "type": "complete"})), [], "{odd}");
    }
}

#[test]
fn a_server_that_breaks_every_patch_cannot_make_us_shout() {
    let mut session = session();
    let mut sent = session.open(Feed::Meeting).unwrap();
    let mut texts = 0;
    for _ in 0..1000 {
        let events = receive(
            &mut session,
            &next(&id(&sent), &json!({"patch": [{"op": "remove", "path": "/9"}], "meeting": []})),
        );
        for event in &events {
            if let SessionEvent::Send(text) = event {
                texts += 1;
                sent.clone_from(text);
            }
        }
    }
    assert!(texts <= 8, "{texts}");
    assert_eq!(session.feeds().count(), 0);
}

#[test]
fn the_transcript_of_the_documentation_is_understood() {
    let mut session = session();
    let me = id(&session.open(Feed::Me).unwrap());
    let full = r#"{"user_current":[{"userId":"w_0a1b2c3d4e5f","extId":"w_0a1b2c3d4e5f","name":"Ada L","isModerator":false,"authToken":"14mm5y3eurjw","guest":false,"guestStatus":"ALLOW","joined":false,"joinErrorCode":null,"joinErrorMessage":null,"currentlyInMeeting":false,"loggedOut":false,"ejected":false,"ejectReason":null,"ejectReasonCode":null,"disconnected":false,"color":"blue","registeredAt":"2026-01-05T09:24:01.311+00:00","logoutUrl":"https://school.example.org","meeting":{"ended":false,"endedReasonCode":null,"endedByUserName":null,"logoutUrl":"https://school.example.org"}}]}"#;
    let events = receive(&mut session, &next(&me, &parsed(full)));
    let [SessionEvent::Data(FeedData::Me(row))] = events.as_slice() else { panic!() };
    let auth_token = row.auth_token.clone().unwrap();
    let join = parsed(&session.mutate(MutationId(1), &Mutation::UserJoin { auth_token }));
    assert_eq!(
        join["payload"]["variables"],
        json!({"authToken": "14mm5y3eurjw", "clientType": "HTML5", "clientIsMobile": false})
    );
    let patch = r#"{"patch":[{"op":"replace","path":"/0/joined","value":true},{"op":"replace","path":"/0/currentlyInMeeting","value":true}],"user_current":[]}"#;
    let events = receive(&mut session, &next(&me, &parsed(patch)));
    let [SessionEvent::Data(FeedData::Me(row))] = events.as_slice() else { panic!() };
    assert_eq!((row.joined, row.currently_in_meeting, row.name.is_some()), (Some(true), Some(true), true));
}

#[test]
fn both_directions_of_the_envelope_read_what_they_write() {
    let mut session = session();
    let texts = [session.hello(), session.open(Feed::Me).unwrap(), session.mutate(MutationId(1), &Mutation::Leave)];
    for text in texts {
        let message: ClientMessage = serde_json::from_str(&text).unwrap();
        assert_eq!(message.to_text(), text);
    }
    for text in [
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"ping","payload":{"message":"keepalive"}}"#,
        r#"{"type":"next","id":"5","payload":{"data":{"user":[]}}}"#,
        r#"{"type":"error","id":"-1","payload":[{"messageId":"param_missing","message":"x"}]}"#,
        r#"{"type":"complete","id":"5"}"#,
    ] {
        let message: ServerMessage = serde_json::from_str(text).unwrap();
        assert_eq!(message.to_text(), text);
    }
}
