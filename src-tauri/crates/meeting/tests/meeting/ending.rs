//! The end, in every way there is.

use crate::scene::*;
use meeting::view::{EndReason, LinkState, Stage};
use meeting::{EntryBy, Input, Intent, LegEvent, MediaCommand, Output, Timer};
use protocol::graphql::{FeedData, MeRow, MeetingEndRow, Mutation};

fn ended(code: &str) -> MeRow {
    MeRow {
        meeting: Some(MeetingEndRow {
            ended: Some(true),
            ended_reason_code: Some(code.to_owned()),
            ..MeetingEndRow::default()
        }),
        ..me_row(false, true)
    }
}

fn ejected(code: &str) -> MeRow {
    MeRow { ejected: Some(true), eject_reason_code: Some(code.to_owned()), ..me_row(false, true) }
}

fn reason(scene: &Scene) -> EndReason {
    match scene.stage() {
        Stage::Ended { reason, .. } => *reason,
        stage => panic!("not ended: {stage:?}"),
    }
}

#[test]
fn each_way_to_be_put_out_has_its_reason() {
    for (row, expected, way_back) in [
        (ended("ENDED_FROM_API"), EndReason::Closed, false),
        (ended("ENDED_AFTER_EXCEEDING_DURATION"), EndReason::TimeUp, false),
        (ended("SOMETHING_NEW"), EndReason::Closed, false),
        (ejected("user_requested_eject_reason"), EndReason::Ejected, false),
        (ejected("banned_user_rejoining_reason"), EndReason::Banned, false),
        (ejected("duplicate_user_in_meeting_eject_reason"), EndReason::Duplicate, true),
        (ejected("user_inactivity_eject_reason"), EndReason::Inactive, true),
        (ejected("not_enough_permission_eject_reason"), EndReason::NotAllowed, true),
        (ejected("validate_token_failed_eject_reason"), EndReason::SessionExpired, true),
        (ejected("The teacher did not like it"), EndReason::Ejected, false),
        (ejected(""), EndReason::Ejected, false),
        (MeRow { logged_out: Some(true), ..me_row(false, true) }, EndReason::Left, false),
    ] {
        for full in [false, true] {
            let mut scene = Scene::talking(false);
            let data = if full { FeedData::MeFull(row.clone()) } else { FeedData::Me(row.clone()) };
            scene.feed(data);
            assert_eq!(reason(&scene), expected, "{row:?}");
            assert!(matches!(scene.stage(), Stage::Ended { rejoin, .. } if *rejoin == way_back), "{expected:?}");
            assert!(!scene.gate_open && scene.legs.is_empty(), "nothing goes on after the end");
            assert!(scene.asked_for(&Output::CloseControl));
            assert_eq!(scene.finished, !way_back);
            assert_ne!(scene.link(), LinkState::Good);
        }
    }
}

#[test]
fn the_end_of_the_meeting_comes_before_any_other_reason() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Me(MeRow { logged_out: Some(true), ..ended("ENDED_FROM_API") }));
    assert_eq!(reason(&scene), EndReason::Closed);
}

#[test]
fn a_refused_socket_after_a_working_session_means_the_end() {
    for (message_id, expected) in [
        ("meeting_not_found", EndReason::Closed),
        ("user_not_found", EndReason::Closed),
        ("check_authorization_error", EndReason::Closed),
        ("anything_new", EndReason::Closed),
        ("user_requested_eject_reason", EndReason::Ejected),
        ("duplicate_user_in_meeting_eject_reason", EndReason::Duplicate),
    ] {
        let mut scene = Scene::in_class(false);
        scene.refused(message_id);
        assert_eq!(reason(&scene), expected, "{message_id}");
    }
}

#[test]
fn leaving_shows_at_once_and_tells_the_server_before_the_socket_closes() {
    let mut scene = Scene::talking(false);
    scene.intent(Intent::Leave);
    assert_eq!(reason(&scene), EndReason::Left);
    assert!(!scene.gate_open && scene.legs.is_empty());
    let (id, mutation) = scene.last_mutation();
    assert_eq!(mutation, Mutation::Leave);
    assert!(!scene.asked_for(&Output::CloseControl));
    scene.say(Input::Mutated(id, Ok(())));
    let end: Vec<_> = scene.take_asked().into_iter().rev().take(3).collect();
    assert_eq!(end, [Output::Finished, Output::SignOut, Output::CloseControl]);
    assert!(scene.timers.is_empty(), "{:?}", scene.timers);
}

#[test]
fn leaving_does_not_wait_for_a_server_that_is_silent_or_gone() {
    for gone in [false, true] {
        let mut scene = Scene::in_class(false);
        scene.intent(Intent::Leave);
        if gone {
            scene.control_down();
        } else {
            scene.pass(2.1);
        }
        assert!(scene.finished);
    }
    let mut scene = Scene::in_class(false);
    scene.control_down();
    scene.intent(Intent::Leave);
    assert!(scene.finished && scene.mutations().is_empty());
}

#[test]
fn one_can_leave_from_any_step_of_the_way_in() {
    let mut scene = Scene::new(meeting::MeetingConfig::default());
    scene.say(Input::Start).intent(Intent::Leave);
    assert!(scene.finished);
    let mut scene = Scene::to_control(meeting::MeetingConfig::default(), protocol::http::StaticData::default());
    scene.intent(Intent::Leave);
    assert!(scene.finished && scene.asked_for(&Output::CloseControl));
}

#[test]
fn only_a_teacher_ends_the_class_and_it_is_over_when_the_server_says_so() {
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::EndForAll);
    assert!(scene.mutations().is_empty());

    let mut scene = Scene::in_class(true);
    scene.intent(Intent::EndForAll);
    let (id, mutation) = scene.last_mutation();
    assert_eq!(mutation, Mutation::EndMeeting);
    scene.say(Input::Mutated(id, Ok(())));
    assert_eq!(*scene.stage(), Stage::InClass);
    scene.feed(FeedData::Me(ended("ENDED_FROM_API")));
    assert_eq!(reason(&scene), EndReason::Closed);
}

#[test]
fn nothing_that_comes_after_the_end_changes_it() {
    let mut scene = Scene::talking(true);
    let leg = scene.audio();
    scene.feed(FeedData::Me(ended("ENDED_FROM_API")));
    scene.take_asked();
    let before = scene.window.clone();
    scene.say(Input::Leg(leg, LegEvent::Up)).voice(false).mute(false);
    scene.say(Input::ControlUp).feed(FeedData::Me(me_row(true, true)));
    scene.intent(Intent::SetCamera { on: true }).intent(Intent::Rejoin).intent(Intent::Retry);
    scene.say(Input::Timer(Timer::RetrySession)).say(Input::Timer(Timer::JoinDeadline));
    assert_eq!(scene.window, before);
    assert!(scene.asked.is_empty(), "{:?}", scene.asked);
}

#[test]
fn the_way_back_enters_anew_with_the_microphone_closed_and_keeps_what_was_not_sent() {
    let mut scene = Scene::talking(false);
    scene.feed(FeedData::Voice(vec![voice_of("w_a", "Ada", false, true)]));
    scene.feed(FeedData::ChatPage { offset: 0, rows: vec![message(1, "w_a", "before")] });
    scene.control_down();
    scene.intent(Intent::SendChat { text: "not lost".to_owned() });
    scene.pass(1.5);
    scene.refused("duplicate_user_in_meeting_eject_reason");
    assert_eq!(
        *scene.stage(),
        Stage::Ended { reason: EndReason::Duplicate, rejoin: true, unsent: vec!["not lost".to_owned()] }
    );
    scene.take_asked();
    scene.intent(Intent::Rejoin);
    assert!(matches!(scene.stage(), Stage::Joining { .. }));
    assert!(scene.asked_for(&Output::Media(MediaCommand::SetMuted(true))));
    assert!(scene.asked_for(&Output::Enter { by: EntryBy::Link }));
    assert!(scene.window.voices.is_empty());
    let texts: Vec<_> = scene.window.chat.values().map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["not lost"]);

    scene.say(Input::Entered(Box::new(entry(protocol::http::StaticData::default())))).say(Input::ControlUp);
    scene.feed(FeedData::Me(me_row(false, false))).feed(FeedData::Me(me_row(false, true)));
    scene.say(Input::Leg(scene.audio(), LegEvent::Up)).voice(false);
    assert!(!scene.gate_open, "an open microphone of the session before is no wish of this one");
}
