//! The way in.

use crate::scene::*;
use meeting::view::{EndReason, JoinStep, LinkState, SoundState, Stage};
use meeting::{Bridge, EntryFault, Input, Intent, LegEvent, LegKind, LegOrder, MeetingConfig, MutationRefusal, Output};
use protocol::graphql::{Feed, FeedData, LobbyDetailsRow, LobbyRow, MeRow, MeetingRow, Mutation};
use protocol::http::StaticData;

fn waiting(status: &str) -> FeedData {
    FeedData::Me(MeRow { guest_status: Some(status.to_owned()), ..me_row(false, false) })
}

#[test]
fn the_microphone_is_closed_before_anything_else_happens() {
    let mut scene = Scene::new(MeetingConfig::default());
    scene.say(Input::Start);
    assert!(!scene.gate_open);
    assert_eq!(*scene.stage(), Stage::Joining { step: JoinStep::Link });
    assert_eq!(scene.link(), LinkState::Connecting);
}

#[test]
fn the_steps_of_joining_are_shown_one_by_one() {
    let mut scene = Scene::new(MeetingConfig::default());
    scene.say(Input::Start).say(Input::LinkFollowed);
    assert_eq!(*scene.stage(), Stage::Joining { step: JoinStep::Server });
    scene.say(Input::Entered(Box::new(entry(StaticData::default()))));
    assert_eq!(*scene.stage(), Stage::Joining { step: JoinStep::Control });
    scene.say(Input::ControlUp);
    assert_eq!(*scene.stage(), Stage::Joining { step: JoinStep::Entering });
}

#[test]
fn one_joins_by_mutation_and_is_in_when_the_row_says_so() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(FeedData::Me(me_row(true, false)));
    let (id, mutation) = scene.last_mutation();
    assert_eq!(mutation, Mutation::UserJoin { auth_token: "14mm5y3eurjw".into() });
    scene.say(Input::Mutated(id, Ok(())));
    assert_eq!(*scene.stage(), Stage::Joining { step: JoinStep::Entering }, "queued is not joined");
    scene.feed(FeedData::Me(me_row(true, true)));
    assert_eq!(*scene.stage(), Stage::InClass);
    assert_eq!(scene.link(), LinkState::Good);
    for feed in [Feed::MeFull, Feed::Meeting, Feed::Voice, Feed::Cameras, Feed::Screen, Feed::Hands, Feed::Chats] {
        assert!(scene.feeds.contains(&feed), "{feed:?}");
    }
}

#[test]
fn sound_is_joined_with_the_class_over_the_bridge_of_the_meeting() {
    let mut facts = StaticData::default();
    facts.bridges.audio = protocol::http::Bridge::LiveKit;
    let mut scene = Scene::in_class_with(MeetingConfig::default(), facts, false);
    let leg = scene.audio();
    assert_eq!(scene.legs[&leg], LegOrder { bridge: Bridge::LiveKit, kind: LegKind::Audio { listen_only: false } });
    assert_eq!(scene.window.sound.state, SoundState::Joining);
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert_eq!(scene.window.sound.state, SoundState::On);
    assert_eq!(scene.last_mutation().1, Mutation::SetListenOnlyInput { listen_only: false });
}

#[test]
fn the_waiting_room_shows_place_and_message_and_lets_in() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(waiting("WAIT"));
    assert!(scene.feeds.contains(&Feed::Lobby));
    scene.feed(FeedData::Lobby(LobbyRow {
        guest_status_details: Some(LobbyDetailsRow {
            guest_lobby_message: Some("Bientôt".into()),
            position_in_waiting_queue: Some(protocol::graphql::Big(3)),
            ..LobbyDetailsRow::default()
        }),
        ..LobbyRow::default()
    }));
    assert_eq!(*scene.stage(), Stage::Waiting { position: Some(3), message: Some("Bientôt".to_owned()) });
    scene.pass(600.0);
    assert!(matches!(scene.stage(), Stage::Waiting { .. }), "waiting has no deadline");
    scene.take_asked();
    scene.feed(waiting("ALLOW"));
    assert!(!scene.feeds.contains(&Feed::Lobby));
    assert!(matches!(scene.last_mutation().1, Mutation::UserJoin { .. }));
    scene.feed(FeedData::Me(me_row(false, true)));
    assert_eq!(*scene.stage(), Stage::InClass);
}

#[test]
fn who_is_denied_is_told_so() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(waiting("WAIT")).feed(waiting("DENY"));
    assert!(matches!(scene.stage(), Stage::Ended { reason: EndReason::Refused, rejoin: false, .. }));
    assert!(scene.finished);
}

#[test]
fn a_refused_link_ends_with_its_own_reason() {
    for (reason, rejoin) in [
        (EndReason::LinkUsed, false),
        (EndReason::LinkWrong, false),
        (EndReason::Certificate, false),
        (EndReason::Full, true),
        (EndReason::NotStarted, true),
        (EndReason::SessionExpired, true),
    ] {
        let mut scene = Scene::new(MeetingConfig::default());
        scene.say(Input::Start).say(Input::EntryFailed(EntryFault::Final(reason)));
        assert_eq!(*scene.stage(), Stage::Ended { reason, rejoin, unsent: vec![] });
        assert_eq!(scene.finished, !rejoin);
    }
}

#[test]
fn a_server_that_does_not_answer_is_tried_again_and_then_named() {
    let mut scene = Scene::new(MeetingConfig::default());
    scene.say(Input::Start);
    let mut tries = 1;
    while !matches!(scene.stage(), Stage::Ended { .. }) {
        scene.take_asked();
        scene.say(Input::EntryFailed(EntryFault::Passing(EndReason::Dns))).pass(11.0);
        tries += usize::from(scene.asked.iter().any(|o| matches!(o, Output::Enter { .. })));
        assert!(tries < 10);
    }
    assert_eq!(tries, 6);
    assert!(matches!(scene.stage(), Stage::Ended { reason: EndReason::Dns, rejoin: true, .. }));
}

#[test]
fn a_full_class_is_told_by_the_join_error() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(FeedData::Me(me_row(false, false)));
    scene.feed(FeedData::Me(MeRow {
        join_error_code: Some("max_participants_reason".to_owned()),
        ..me_row(false, false)
    }));
    assert!(matches!(scene.stage(), Stage::Ended { reason: EndReason::Full, rejoin: true, .. }));
}

#[test]
fn a_join_that_is_never_confirmed_is_given_up_after_a_minute() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(FeedData::Me(me_row(false, false)));
    scene.pass(59.0);
    assert!(matches!(scene.stage(), Stage::Joining { .. }));
    let joins = scene.mutations().iter().filter(|(_, m)| matches!(m, Mutation::UserJoin { .. })).count();
    assert!((2..=7).contains(&joins), "asked again meanwhile, but not wildly: {joins}");
    scene.pass(2.0);
    assert!(matches!(scene.stage(), Stage::Ended { reason: EndReason::Unknown, rejoin: true, .. }));
    assert!(scene.asked_for(&Output::CloseControl));
}

#[test]
fn who_is_listed_as_joined_already_joins_again_all_the_same() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(FeedData::Me(me_row(false, true)));
    let (id, mutation) = scene.last_mutation();
    assert!(matches!(mutation, Mutation::UserJoin { .. }));
    scene.feed(FeedData::Me(me_row(false, true)));
    assert!(matches!(scene.stage(), Stage::Joining { .. }), "the row is old");
    scene.say(Input::Mutated(id, Ok(())));
    assert_eq!(*scene.stage(), Stage::InClass);
}

#[test]
fn a_join_that_was_denied_once_is_asked_for_again() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(FeedData::Me(me_row(false, false)));
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Err(MutationRefusal::Denied))).take_asked();
    scene.pass(11.0);
    assert!(matches!(scene.last_mutation().1, Mutation::UserJoin { .. }));
    scene.feed(FeedData::Me(me_row(false, true)));
    assert_eq!(*scene.stage(), Stage::InClass);
}

#[test]
fn a_class_that_was_over_before_one_came_says_so() {
    for (message_id, reason) in [
        ("meeting_not_found", EndReason::Closed),
        ("user_not_found", EndReason::SessionExpired),
        ("check_authorization_error", EndReason::SessionExpired),
        ("too_many_connections", EndReason::Duplicate),
        ("param_missing", EndReason::Unknown),
    ] {
        let mut scene = Scene::new(MeetingConfig::default());
        scene.say(Input::Start).say(Input::Entered(Box::new(entry(StaticData::default()))));
        scene.refused(message_id);
        assert!(matches!(scene.stage(), Stage::Ended { reason: r, .. } if *r == reason), "{message_id}");
    }
}

#[test]
fn a_server_that_cannot_say_who_we_are_is_of_an_unknown_version() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.say(Input::FeedRefused(Feed::Me));
    assert!(matches!(scene.stage(), Stage::Ended { reason: EndReason::Version, .. }));
}

#[test]
fn a_server_that_lacks_a_feed_costs_that_feed_only() {
    let mut scene = Scene::in_class(true);
    for feed in [Feed::MeFull, Feed::Hands, Feed::Screen, Feed::Recording, Feed::Typing] {
        scene.feeds.remove(&feed);
        scene.say(Input::FeedRefused(feed.clone()));
        assert!(!scene.feeds.contains(&feed), "not asked again: {feed:?}");
    }
    assert_eq!(*scene.stage(), Stage::InClass);
    // Without the feed of hands the answer alone confirms.
    scene.intent(Intent::SetHand { up: true });
    assert!(scene.window.me.hand_pending);
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Ok(())));
    assert!(!scene.window.me.hand_pending);
}

#[test]
fn a_link_opened_twice_sets_out_once() {
    let mut scene = Scene::new(MeetingConfig::default());
    scene.say(Input::Start).say(Input::Start);
    assert_eq!(scene.asked.iter().filter(|o| matches!(o, Output::Enter { .. })).count(), 1);
}

#[test]
fn a_window_that_opens_late_sees_what_the_first_one_sees() {
    let (mut scene, stream) = Scene::with_camera(true);
    scene.feed(FeedData::Voice(vec![voice_of("w_a", "Ada", false, true)]));
    scene.feed(FeedData::ChatPage { offset: 0, rows: vec![message(1, "w_a", "hello")] });
    scene.intent(Intent::SendChat { text: "mine".to_owned() });
    scene.intent(Intent::ShowPeople { from: 0, to: 20, search: String::new() });
    scene.feed(FeedData::PeoplePage { page: 0, rows: vec![user("w_a", false)] });
    scene.feed(FeedData::Hands(vec![hand("w_a"), hand(ME)]));
    assert_eq!(scene.window.faces[0].stream, stream.as_str());
    let mut late = Window::default();
    for change in scene.core.snapshot() {
        late.take(change);
    }
    assert_eq!(late, scene.window);
}

#[test]
fn when_the_class_opened_and_ends_is_told_by_our_clock() {
    let facts = StaticData { created_ms: Some(MORNING), ..StaticData::default() };
    let mut scene = Scene::in_class_with(MeetingConfig::default(), facts, false);
    assert_eq!((scene.window.class.opened_at, scene.window.class.ends_at), (Some(MORNING), None));
    assert_eq!(scene.window.class.server, "bbb.example.org");
    scene.feed(FeedData::ServerTime(scene.wall + 60_000.0));
    let row = MeetingRow { duration_in_seconds: Some(protocol::graphql::Big(3_600)), ..MeetingRow::default() };
    scene.feed(FeedData::Meeting(row));
    let opened = MORNING - 60_000.0;
    assert_eq!((scene.window.class.opened_at, scene.window.class.ends_at), (Some(opened), Some(opened + 3_600_000.0)));
}
