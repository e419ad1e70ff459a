//! The shared screen.

use crate::scene::*;
use meeting::view::{FaceState, Notice, Share};
use meeting::{Input, Intent, LegEvent, LegFault, LegKind, MediaCommand, MediaEvent, Output};
use protocol::graphql::{Feed, FeedData, ScreenRow};
use protocol::ids::LegId;

fn presenter() -> Scene {
    let mut scene = Scene::in_class(true);
    scene.feed(FeedData::MeFull(me_full(true, true)));
    scene.take_asked();
    scene
}

fn outgoing(scene: &Scene) -> Option<LegId> {
    scene.leg(|kind| matches!(kind, LegKind::ScreenSend { .. }))
}

fn incoming(scene: &Scene) -> Option<LegId> {
    scene.leg(|kind| *kind == LegKind::ScreenView)
}

fn start(scene: &mut Scene) {
    scene.intent(Intent::StartSharing { source: "window-7".to_owned() });
    scene.say(Input::Media(MediaEvent::ScreenOn { title: "Leçon 4".to_owned() }));
}

fn sharing() -> Scene {
    let mut scene = presenter();
    start(&mut scene);
    scene.say(Input::Leg(outgoing(&scene).unwrap(), LegEvent::Up));
    scene.feed(FeedData::Screen(vec![screen("s1")]));
    scene.take_asked();
    scene
}

#[test]
fn a_share_is_captured_sent_and_then_shown() {
    let mut scene = presenter();
    scene.intent(Intent::StartSharing { source: "window-7".to_owned() });
    assert!(scene.asked_for(&Output::Media(MediaCommand::Screen(Some("window-7".to_owned())))));
    assert_eq!(scene.window.share, Share::Starting);
    assert_eq!(outgoing(&scene), None);
    scene.say(Input::Media(MediaEvent::ScreenOn { title: "Leçon 4".to_owned() }));
    let leg = outgoing(&scene).unwrap();
    assert_eq!(scene.legs[&leg].kind, LegKind::ScreenSend { kbps: 1_500 });
    assert_eq!(scene.window.share, Share::Starting);
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert_eq!(scene.window.share, Share::Mine { source: "Leçon 4".to_owned() });
    scene.feed(FeedData::Screen(vec![screen("s1")]));
    assert_eq!(incoming(&scene), None, "my own screen is not watched");
}

#[test]
fn only_the_presenter_shares() {
    let mut scene = Scene::in_class(true);
    assert!(!scene.window.me.may.share);
    scene.intent(Intent::StartSharing { source: "x".to_owned() });
    assert_eq!(scene.take_notices(), [Notice::ActionRefused]);
    assert!(!scene.asked.iter().any(|o| matches!(o, Output::Media(_))));
}

#[test]
fn stopping_closes_leg_and_capture_and_the_last_rows_of_mine_are_not_taken_for_anothers() {
    let mut scene = sharing();
    scene.intent(Intent::StopSharing);
    assert_eq!(outgoing(&scene), None);
    assert!(scene.asked_for(&Output::Media(MediaCommand::Screen(None))));
    assert_eq!(scene.window.share, Share::None);
    scene.feed(FeedData::Screen(vec![screen("s1")]));
    assert_eq!((incoming(&scene), &scene.window.share), (None, &Share::None));

    // Stopped before the server had listed it.
    let mut scene = presenter();
    start(&mut scene);
    scene.say(Input::Leg(outgoing(&scene).unwrap(), LegEvent::Up)).intent(Intent::StopSharing);
    scene.feed(FeedData::Screen(vec![screen("s2")]));
    assert_eq!(incoming(&scene), None);
}

#[test]
fn another_source_keeps_the_leg() {
    let mut scene = sharing();
    let leg = outgoing(&scene);
    scene.intent(Intent::StartSharing { source: "screen-0".to_owned() });
    scene.say(Input::Media(MediaEvent::ScreenOn { title: "Écran 1".to_owned() }));
    assert_eq!(outgoing(&scene), leg);
    assert_eq!(scene.window.share, Share::Mine { source: "Écran 1".to_owned() });
}

#[test]
fn a_window_that_closes_or_a_system_that_refuses_ends_the_share_and_says_so() {
    let mut scene = sharing();
    scene.say(Input::Media(MediaEvent::ScreenGone));
    assert_eq!((scene.take_notices(), &scene.window.share), (vec![Notice::ShareGone], &Share::None));
    let mut scene = presenter();
    scene.intent(Intent::StartSharing { source: "x".to_owned() }).say(Input::Media(MediaEvent::ScreenRefused));
    assert_eq!((scene.take_notices(), &scene.window.share), (vec![Notice::ShareRefused], &Share::None));
    scene.say(Input::Media(MediaEvent::ScreenGone)).say(Input::Media(MediaEvent::ScreenRefused));
    assert!(scene.take_notices().is_empty(), "nothing is shared");
}

#[test]
fn a_share_taken_over_names_who_shows_now() {
    let mut scene = presenter();
    scene.feed(FeedData::Cameras(vec![camera("w_old_r_c", "w_old")]));
    start(&mut scene);
    scene.say(Input::Leg(outgoing(&scene).unwrap(), LegEvent::Up)).feed(FeedData::Screen(vec![screen("s1")]));
    scene.feed(FeedData::MeFull(me_full(true, false)));
    assert_eq!(outgoing(&scene), None);
    assert!(scene.take_notices().is_empty(), "by whom is not known yet");
    assert!(scene.feeds.contains(&Feed::PeoplePage { page: 0, search: "".into() }), "so it is asked for");
    scene.feed(FeedData::PeoplePage { page: 0, rows: vec![user("w_c", true), user(ME, false)] });
    assert_eq!(scene.take_notices(), [Notice::ShareTaken { name: "Name of w_c".to_owned() }]);
    scene.feed(FeedData::Screen(vec![screen("s2")]));
    assert!(incoming(&scene).is_some());
    assert!(
        matches!(&scene.window.share, Share::Theirs { name, state: FaceState::Connecting } if name == "Name of w_c")
    );
    scene.feed(FeedData::PeoplePage { page: 0, rows: vec![user("w_c", true), user(ME, false)] });
    assert!(scene.take_notices().is_empty(), "once");
}

#[test]
fn somebodys_share_is_one_leg_that_lives_as_long_as_its_row() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Screen(vec![screen("s1")])).feed(FeedData::Screen(vec![screen("s1")]));
    let leg = incoming(&scene).unwrap();
    assert_eq!(scene.legs.len(), 2);
    scene.say(Input::Leg(leg, LegEvent::Up)).say(Input::Media(MediaEvent::Frames { leg, flowing: true }));
    assert!(matches!(scene.window.share, Share::Theirs { state: FaceState::Live, .. }));
    scene.feed(FeedData::Screen(vec![screen("s2")]));
    let next = incoming(&scene).unwrap();
    assert_ne!(leg, next, "another share is another leg");
    scene.feed(FeedData::Screen(vec![ScreenRow {
        stopped_at: Some("2026-01-05T09:00:00Z".to_owned()),
        ..screen("s2")
    }]));
    assert_eq!((incoming(&scene), &scene.window.share), (None, &Share::None));
}

#[test]
fn a_view_that_fails_is_tried_a_few_times_and_again_when_the_person_asks() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Screen(vec![screen("s1")]));
    let mut tries = 0;
    while let Some(leg) = incoming(&scene) {
        tries += 1;
        scene.leg_down(leg, LegFault::Timeout).pass(30.0);
    }
    assert_eq!(tries, 5);
    assert!(matches!(scene.window.share, Share::Theirs { state: FaceState::Lost, .. }));
    scene.intent(Intent::Retry);
    assert!(incoming(&scene).is_some());
}

#[test]
fn a_share_that_breaks_comes_back_and_fails_with_a_code_in_the_end() {
    let mut scene = sharing();
    scene.pass(20.0);
    scene.leg_down(outgoing(&scene).unwrap(), LegFault::Ice);
    assert_eq!(scene.window.share, Share::Starting);
    scene.feed(FeedData::Screen(vec![])).pass(2.1);
    scene.say(Input::Leg(outgoing(&scene).unwrap(), LegEvent::Up)).feed(FeedData::Screen(vec![screen("s2")]));
    assert_eq!((scene.window.share.clone(), incoming(&scene)), (Share::Mine { source: "Leçon 4".to_owned() }, None));
    while let Some(leg) = outgoing(&scene) {
        scene.leg_down(leg, LegFault::Ice).pass(15.0);
    }
    assert_eq!(scene.take_notices(), [Notice::ShareFailed { code: "1107".to_owned() }]);
    assert_eq!(scene.window.share, Share::None);

    let mut scene = presenter();
    start(&mut scene);
    scene.leg_down(outgoing(&scene).unwrap(), LegFault::Server(2301));
    assert_eq!(scene.take_notices(), [Notice::ShareFailed { code: "2301".to_owned() }]);
}
