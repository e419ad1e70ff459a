//! Who has not taken part yet.

use crate::scene::*;
use meeting::Intent;
use protocol::graphql::{Feed, FeedData, UserRow, VoiceMembershipRow};

fn pupil(id: &str, spoke: Option<bool>) -> UserRow {
    UserRow { voice: Some(VoiceMembershipRow { spoke, ..VoiceMembershipRow::default() }), ..user(id, false) }
}

fn class(teacher: bool, rows: &[UserRow]) -> Scene {
    let mut scene = Scene::in_class(teacher);
    scene.feed(FeedData::PeopleCount(rows.len().try_into().unwrap()));
    open_list(&mut scene, "");
    for (page, rows) in (0..).zip(rows.chunks(50)) {
        scene.feed(FeedData::PeoplePage { page, rows: rows.to_vec() });
    }
    scene
}

fn open_list(scene: &mut Scene, search: &str) {
    scene.intent(Intent::ShowPeople { from: 0, to: 10, search: search.to_owned() });
}

fn quiet(scene: &Scene) -> Option<Vec<String>> {
    scene.window.people.quiet.as_ref().map(|list| list.iter().map(|each| each.user.clone()).collect())
}

fn some(users: &[&str]) -> Option<Vec<String>> {
    Some(users.iter().map(|user| (*user).to_owned()).collect())
}

#[test]
fn who_speaks_writes_or_raises_a_hand_has_taken_part() {
    let teacher = UserRow { is_moderator: Some(true), ..user("w_t", false) };
    let bot = UserRow { bot: Some(true), ..user("w_bot", false) };
    let rows = ["w_a", "w_b", "w_c", "w_d", ME].map(|id| pupil(id, Some(false)));
    let mut scene = class(true, &[vec![teacher, bot, pupil("w_spoke", Some(true))], rows.to_vec()].concat());
    assert_eq!(quiet(&scene), some(&["w_a", "w_b", "w_c", "w_d"]));
    scene.feed(FeedData::Voice(vec![voice_of("w_a", "A", false, true)]));
    scene.feed(FeedData::Voice(vec![voice_of("w_d", "D", false, false)]));
    scene.feed(FeedData::ChatStream(vec![message(1, "w_b", "oui")]));
    assert_eq!(quiet(&scene), some(&["w_c", "w_d"]), "an open microphone is not a word");
    scene.feed(FeedData::Hands(vec![hand("w_c")])).feed(FeedData::Hands(vec![]));
    assert_eq!(quiet(&scene), some(&["w_d"]), "a hand counts when it is down again");
}

#[test]
fn it_is_for_teachers_and_while_the_list_is_open() {
    assert_eq!(quiet(&class(false, &[pupil("w_a", Some(false))])), None);
    let mut scene = class(true, &[pupil("w_a", Some(false))]);
    assert_eq!(quiet(&scene), some(&["w_a"]));
    open_list(&mut scene, "ada");
    assert_eq!(quiet(&scene), None, "a search shows other rows");
    scene.intent(Intent::ShowPeople { from: 0, to: 0, search: String::new() });
    assert_eq!(quiet(&scene), None);
}

#[test]
fn nobody_is_called_quiet_before_everybody_is_known() {
    let scene = class(true, &(0..120).map(|n| pupil(&format!("w_{n}"), Some(false))).collect::<Vec<_>>());
    assert_eq!(quiet(&scene).map(|list| list.len()), Some(120), "pages nobody scrolled to are looked through");

    let mut scene = class(true, &(0..60).map(|n| pupil(&format!("w_{n}"), Some(false))).collect::<Vec<_>>());
    scene.feed(FeedData::PeopleCount(110));
    assert_eq!(quiet(&scene), None, "the third page is not here");
    scene.feed(FeedData::PeopleCount(1_000));
    assert_eq!(quiet(&scene), None, "too many to look through");
    let open = scene.feeds.iter().filter(|feed| matches!(feed, Feed::PeoplePage { .. })).count();
    assert_eq!(open, 1, "only what is on screen is open again");
}

#[test]
fn nobody_is_called_quiet_by_a_server_that_does_not_say_who_spoke() {
    assert_eq!(quiet(&class(true, &[pupil("w_a", None)])), None);
}

#[test]
fn nobody_is_called_quiet_before_everything_written_is_known() {
    let mut scene = Scene::in_class_fresh(true);
    scene.feed(FeedData::Chats(vec![chat_row(160, None)])).feed(FeedData::PeopleCount(1));
    open_list(&mut scene, "");
    scene.feed(FeedData::PeoplePage { page: 0, rows: vec![pupil("w_a", Some(false))] });
    scene.feed(FeedData::ChatPage { offset: 150, rows: vec![] });
    assert_eq!(quiet(&scene), None);
    scene.intent(Intent::OlderChat).intent(Intent::OlderChat);
    scene.feed(FeedData::ChatPage { offset: 0, rows: vec![] });
    assert_eq!(quiet(&scene), some(&["w_a"]));
}
