//! Public chat.

use crate::scene::*;
use meeting::view::{MessageState, Notice};
use meeting::{Input, Intent, MutationRefusal};
use protocol::graphql::{
    ChatMessageRow, ChatRow, Feed, FeedData, LockRow, MeetingRow, Mutation, PUBLIC_CHAT, TypingRow,
};

fn write(scene: &mut Scene, text: &str) {
    scene.intent(Intent::SendChat { text: text.to_owned() });
}

fn sent(scene: &Scene) -> Vec<String> {
    let text = |m: &Mutation| match m {
        Mutation::SendChat { text } => Some(text.as_str().to_owned()),
        _ => None,
    };
    scene.mutations().iter().filter_map(|(_, m)| text(m)).collect()
}

fn stream(rows: Vec<ChatMessageRow>) -> FeedData {
    FeedData::ChatStream(rows)
}

fn texts(scene: &Scene) -> Vec<(String, MessageState)> {
    let mut all: Vec<_> = scene.window.chat.values().cloned().collect();
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    all.into_iter().map(|m| (m.text, m.state)).collect()
}

#[test]
fn an_own_message_is_queued_until_the_server_shows_it() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "Bonjour");
    assert_eq!(sent(&scene), ["Bonjour"]);
    assert_eq!(texts(&scene), [("Bonjour".to_owned(), MessageState::Queued)]);
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Ok(())));
    assert_eq!(texts(&scene)[0].1, MessageState::Queued, "queued by the server is not in the chat");
    scene.feed(stream(vec![message(1, ME, "Bonjour")]));
    assert_eq!(texts(&scene), [("Bonjour".to_owned(), MessageState::Sent)]);
    assert!(scene.window.chat["m1"].mine);
    scene.pass(30.0);
    assert_eq!(texts(&scene).len(), 1, "the local one is gone and does not fail");
}

#[test]
fn the_same_text_of_somebody_else_confirms_nothing() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "oui");
    scene.feed(stream(vec![message(1, "w_a", "oui")]));
    assert_eq!(texts(&scene).iter().filter(|(_, s)| *s == MessageState::Queued).count(), 1);
}

#[test]
fn the_same_text_sent_twice_is_confirmed_twice() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "oui");
    write(&mut scene, "oui");
    scene.feed(stream(vec![message(1, ME, "oui")]));
    assert_eq!(texts(&scene).iter().filter(|(_, s)| *s == MessageState::Queued).count(), 1);
    scene.feed(stream(vec![message(1, ME, "oui"), message(2, ME, "oui")]));
    assert!(texts(&scene).iter().all(|(_, s)| *s == MessageState::Sent));
}

#[test]
fn a_text_the_server_escapes_is_recognised() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "5 < 7 & ok");
    scene.feed(stream(vec![message(1, ME, "5 &lt; 7 &amp; ok")]));
    assert_eq!(scene.window.chat.len(), 1);
}

#[test]
fn a_message_that_does_not_show_up_fails_and_can_be_sent_again() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "Bonjour");
    scene.pass(9.0);
    assert_eq!(texts(&scene), [("Bonjour".to_owned(), MessageState::Failed)]);
    let local = scene.window.chat.keys().next().unwrap().clone();
    scene.take_asked();
    scene.intent(Intent::ResendChat { local_id: local.clone() });
    assert_eq!(sent(&scene), ["Bonjour"]);
    assert_eq!(texts(&scene)[0].1, MessageState::Queued);
    scene.feed(stream(vec![message(1, ME, "Bonjour")]));
    assert_eq!(texts(&scene), [("Bonjour".to_owned(), MessageState::Sent)]);
    scene.take_asked();
    scene.intent(Intent::ResendChat { local_id: local }).intent(Intent::ResendChat { local_id: "x".to_owned() });
    assert!(sent(&scene).is_empty());
}

#[test]
fn a_message_that_shows_up_after_all_is_no_failure() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "Bonjour");
    scene.pass(9.0).feed(stream(vec![message(1, ME, "Bonjour")]));
    assert_eq!(texts(&scene), [("Bonjour".to_owned(), MessageState::Sent)]);
}

#[test]
fn a_refused_message_fails_at_once() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "Bonjour");
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Err(MutationRefusal::Denied)));
    assert_eq!(texts(&scene)[0].1, MessageState::Failed);
    assert_eq!(scene.take_notices(), [Notice::ActionRefused]);
}

#[test]
fn a_closed_chat_and_texts_that_cannot_be_sent_are_not_sent() {
    let mut scene = Scene::in_class(false);
    write(&mut scene, "  \n ");
    write(&mut scene, &"x".repeat(5_001));
    assert!(sent(&scene).is_empty() && scene.window.chat.is_empty());
    scene.feed(FeedData::Meeting(MeetingRow {
        lock_settings: Some(LockRow { disable_public_chat: Some(true), ..LockRow::default() }),
        ..MeetingRow::default()
    }));
    assert!(!scene.window.me.may.chat);
    write(&mut scene, "still");
    assert_eq!(scene.take_notices(), [Notice::ActionRefused]);
    assert!(sent(&scene).is_empty());
}

#[test]
fn what_is_written_while_the_line_is_down_goes_out_in_order_when_it_is_back() {
    let mut scene = Scene::in_class(false);
    scene.control_down();
    write(&mut scene, "one");
    write(&mut scene, "two");
    scene.pass(1.1);
    scene.take_asked();
    scene.take_notices();
    scene.come_back(false);
    assert_eq!(sent(&scene), ["one", "two"]);
    assert_eq!(scene.take_notices(), [Notice::Back { sent: 2 }]);
}

#[test]
fn a_message_that_was_on_its_way_when_the_line_broke_is_not_said_twice() {
    for arrived in [true, false] {
        let mut scene = Scene::in_class(false);
        write(&mut scene, "once");
        scene.control_down().pass(1.1);
        scene.take_asked();
        scene.come_back(false);
        assert!(sent(&scene).is_empty(), "first it is looked whether it arrived");
        scene.feed(FeedData::Chats(vec![chat_row(u8::from(arrived).into(), None)]));
        let rows = if arrived { vec![message(1, ME, "once")] } else { vec![] };
        scene.feed(FeedData::ChatPage { offset: 0, rows });
        assert_eq!(sent(&scene).len(), usize::from(!arrived));
        assert!(scene.take_notices().contains(&Notice::Back { sent: u32::from(!arrived) }));
    }
}

#[test]
fn a_burst_of_five_hundred_messages_is_each_shown_once_in_any_order() {
    let mut scene = Scene::in_class(false);
    let mut rows: Vec<_> = (0..500).map(|n| message(n, "w_a", &format!("text {n}"))).collect();
    rows.reverse();
    for part in rows.chunks(10) {
        scene.feed(stream(part.to_vec()));
    }
    rows.reverse();
    for part in rows.chunks(10) {
        scene.feed(stream(part.to_vec()));
    }
    let shown = texts(&scene);
    assert_eq!(shown.len(), 500);
    assert!(shown.iter().enumerate().all(|(n, (text, _))| *text == format!("text {n}")));
    assert_eq!(scene.window.unread, 500);
}

#[test]
fn the_log_is_bounded_and_drops_the_oldest() {
    let mut scene = Scene::in_class(false);
    for start in (0..5_000).step_by(100) {
        scene.feed(stream((start..start + 100).map(|n| message(n, "w_a", "x")).collect()));
    }
    assert_eq!(scene.window.chat.len(), 2_000);
    assert!(!scene.window.chat.contains_key("m2999") && scene.window.chat.contains_key("m3000"));
    assert!(!scene.window.has_older);
}

#[test]
fn history_is_loaded_from_its_end_backwards() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Chats(vec![chat_row(160, None)]));
    let open = |scene: &Scene| -> Vec<u32> {
        let page = |feed: &Feed| match feed {
            Feed::ChatPage { offset, limit: 50 } => Some(*offset),
            _ => None,
        };
        scene.feeds.iter().filter_map(page).collect()
    };
    // In class with an empty chat before: everything between is wanted, the end first.
    assert_eq!(open(&scene), [0, 50, 100, 150]);

    let mut scene = Scene::in_class_fresh(false);
    scene.feed(FeedData::Chats(vec![chat_row(160, None)]));
    assert_eq!(open(&scene), [100, 150], "ten rows do not fill a panel");
    assert!(scene.window.has_older);
    scene.feed(FeedData::ChatPage { offset: 150, rows: (150..160).map(|n| message(n, "w_a", "x")).collect() });
    scene.intent(Intent::OlderChat);
    assert_eq!(open(&scene), [50, 100, 150]);
    scene.intent(Intent::OlderChat).intent(Intent::OlderChat).intent(Intent::OlderChat);
    assert_eq!(open(&scene), [0, 50, 100, 150]);
    assert!(!scene.window.has_older);
    scene.feed(FeedData::ChatPage { offset: 777, rows: vec![message(1, "w_a", "x")] });
    assert!(!scene.window.chat.contains_key("m1"), "a page nobody asked for");
}

#[test]
fn many_old_pages_do_not_stay_open() {
    let mut scene = Scene::in_class_fresh(false);
    scene.feed(FeedData::Chats(vec![chat_row(1_900, None)]));
    for _ in 0..30 {
        scene.intent(Intent::OlderChat);
        let open = scene.feeds.iter().filter(|f| matches!(f, Feed::ChatPage { .. })).count();
        assert!(open <= 6, "{open}");
    }
}

#[test]
fn after_a_long_absence_a_hole_is_not_shown_as_history() {
    let mut scene = Scene::in_class_fresh(false);
    scene.feed(FeedData::Chats(vec![chat_row(10, None)]));
    scene.feed(FeedData::ChatPage { offset: 0, rows: (0..10).map(|n| message(n, "w_a", "x")).collect() });
    scene.control_down().pass(1.1);
    scene.come_back(false);
    scene.feed(FeedData::Chats(vec![chat_row(1_000, None)]));
    assert!(scene.window.chat.is_empty() && scene.window.has_older);
}

#[test]
fn edits_and_deletions_change_the_message_and_late_repeats_do_not_bring_it_back() {
    let mut scene = Scene::in_class(false);
    let original = message(1, "w_a", "teh");
    scene.feed(stream(vec![original.clone()]));
    let page = |row: ChatMessageRow| FeedData::ChatPage { offset: 0, rows: vec![row] };
    scene.feed(page(ChatMessageRow { edited_at: Some("2026-01-05T09:01:00Z".to_owned()), ..message(1, "w_a", "the") }));
    assert_eq!(texts(&scene), [("the".to_owned(), MessageState::Sent)]);
    scene.feed(page(ChatMessageRow { deleted_at: Some("2026-01-05T09:02:00Z".to_owned()), ..message(1, "w_a", "") }));
    assert_eq!(texts(&scene), [(String::new(), MessageState::Deleted)]);
    scene.feed(stream(vec![original]));
    assert_eq!(texts(&scene), [(String::new(), MessageState::Deleted)]);
}

#[test]
fn a_cleared_history_is_cleared_here() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Chats(vec![chat_row(2, None)]));
    scene.feed(FeedData::ChatPage { offset: 0, rows: vec![message(1, "w_a", "a"), message(2, "w_a", "b")] });
    scene.feed(FeedData::ChatPage { offset: 0, rows: vec![message(2, "w_a", "b")] });
    assert_eq!(texts(&scene).len(), 1);
    scene.feed(FeedData::Chats(vec![chat_row(0, None)]));
    assert!(scene.window.chat.is_empty());
}

#[test]
fn other_chats_and_wordless_rows_of_the_server_are_not_shown() {
    let mut scene = Scene::in_class(false);
    scene.feed(stream(vec![
        ChatMessageRow { chat_id: Some("private".to_owned()), ..message(1, "w_a", "psst") },
        ChatMessageRow { message_type: Some("poll".to_owned()), ..message(2, "", "{}") },
        ChatMessageRow { created_at: Some("yesterday".to_owned()), ..message(3, "w_a", "x") },
        ChatMessageRow { message_id: None, ..message(4, "w_a", "x") },
        ChatMessageRow::default(),
    ]));
    assert!(scene.window.chat.is_empty());
}

#[test]
fn unread_counts_what_others_wrote_since_it_was_seen() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Chats(vec![chat_row(3, Some(&protocol::time::iso(MORNING + 1_500.0)))]));
    scene.feed(FeedData::ChatPage {
        offset: 0,
        rows: vec![message(1, "w_a", "a"), message(2, "w_a", "b"), message(3, ME, "c"), message(4, "w_b", "d")],
    });
    assert_eq!(scene.window.unread, 2);
    scene.take_asked();
    scene.intent(Intent::SawChat);
    assert_eq!(scene.window.unread, 0);
    assert_eq!(scene.last_mutation().1, Mutation::ChatSeen { at: protocol::time::iso(MORNING + 4_000.0) });
    // The server's counter lags behind what was seen here.
    scene.feed(FeedData::Chats(vec![ChatRow {
        total_unread: Some(protocol::graphql::Big(2)),
        ..chat_row(4, Some(&protocol::time::iso(MORNING + 1_500.0)))
    }]));
    assert_eq!(scene.window.unread, 0);
}

#[test]
fn a_burst_of_seen_marks_is_told_sparsely_and_the_last_one_is_told() {
    let mut scene = Scene::in_class(false);
    for n in 0..100 {
        scene.feed(stream(vec![message(n, "w_a", "x")])).intent(Intent::SawChat);
    }
    let marks =
        |scene: &Scene| scene.mutations().iter().filter(|(_, m)| matches!(m, Mutation::ChatSeen { .. })).count();
    assert_eq!(marks(&scene), 1);
    scene.take_asked();
    scene.pass(11.0);
    assert_eq!(scene.last_mutation().1, Mutation::ChatSeen { at: protocol::time::iso(MORNING + 99_000.0) });
    assert_eq!(marks(&scene), 1);
}

#[test]
fn that_i_type_is_told_every_three_seconds_at_most() {
    let mut scene = Scene::in_class(false);
    for _ in 0..60 {
        scene.intent(Intent::Typing).pass(0.1);
    }
    assert_eq!(scene.mutations().iter().filter(|(_, m)| *m == Mutation::Typing).count(), 2);
}

#[test]
fn who_types_is_shown_without_me_and_fades() {
    let mut scene = Scene::in_class(false);
    let row = |user: &str| TypingRow {
        chat_id: Some(PUBLIC_CHAT.to_owned()),
        user_id: Some(user.into()),
        user: Some(person(user, user)),
        ..TypingRow::default()
    };
    scene.feed(FeedData::Typing(vec![row(ME), row("Ada"), row("Bo"), row("Cy"), row("Di"), row("Ed")]));
    assert_eq!(scene.window.typing, ["Ada", "Bo", "Cy", "Di"]);
    scene.pass(7.0);
    assert!(scene.window.typing.is_empty());
}

#[test]
fn too_many_waiting_messages_are_refused_not_forgotten() {
    let mut scene = Scene::in_class(false);
    scene.control_down();
    for n in 0..101 {
        write(&mut scene, &format!("m {n}"));
    }
    assert_eq!(scene.window.chat.len(), 100);
    assert_eq!(scene.take_notices(), [Notice::ActionTooLate]);
}
