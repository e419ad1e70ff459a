//! My camera, and those of others.

use crate::scene::*;
use meeting::view::{CameraState, DeviceTrouble, FaceState, Notice};
use meeting::{
    Input, Intent, LegEvent, LegFault, LegKind, MediaCommand, MediaEvent, MeetingConfig, MutationRefusal, Output,
};
use protocol::graphql::{FeedData, Mutation};
use protocol::http::StaticData;

fn is_send(kind: &LegKind) -> bool {
    matches!(kind, LegKind::CameraSend { .. })
}

fn view_of<'a>(stream: &'a str) -> impl Fn(&LegKind) -> bool + 'a {
    move |kind| matches!(kind, LegKind::CameraView { stream: s } if s.as_str() == stream)
}

fn show(scene: &mut Scene, streams: &[&str]) {
    scene.intent(Intent::ShowFaces { streams: streams.iter().map(|s| (*s).to_owned()).collect() });
}

#[test]
fn a_camera_is_captured_sent_announced_and_only_then_on() {
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::SetCamera { on: true });
    assert!(scene.asked_for(&Output::Media(MediaCommand::Camera(true))));
    assert_eq!(scene.leg(is_send), None, "nothing to send yet");
    assert_eq!(scene.window.camera.state, CameraState::Starting);
    scene.say(Input::Media(MediaEvent::CameraOn));
    let leg = scene.leg(is_send).unwrap();
    let LegKind::CameraSend { stream, kbps } = scene.legs[&leg].kind.clone() else { unreachable!() };
    assert!(stream.as_str().starts_with(&format!("{ME}_{RUN}_camera")));
    assert_eq!(kbps, 200);
    assert!(!scene.mutations().iter().any(|(_, m)| matches!(m, Mutation::CameraStart { .. })));
    scene.say(Input::Leg(leg, LegEvent::Up));
    let (id, mutation) = scene.last_mutation();
    assert_eq!(mutation, Mutation::CameraStart { stream: stream.clone() });
    scene.say(Input::Mutated(id, Ok(())));
    assert_eq!(scene.window.camera.state, CameraState::Starting);
    scene.feed(FeedData::Cameras(vec![camera(stream.as_str(), ME)]));
    assert_eq!(scene.window.camera.state, CameraState::On);
    assert!(scene.window.faces[0].mine && scene.window.faces[0].state == FaceState::Live);
}

#[test]
fn switching_off_tells_the_class_about_a_listed_stream_only() {
    let (mut scene, stream) = Scene::with_camera(false);
    scene.intent(Intent::SetCamera { on: false });
    assert_eq!(scene.mutations()[0].1, Mutation::CameraStop { stream });
    assert_eq!(scene.leg(is_send), None);
    assert!(scene.asked_for(&Output::Media(MediaCommand::Camera(false))));
    scene.take_asked();
    scene.feed(FeedData::Cameras(vec![]));
    assert!(scene.mutations().is_empty() && scene.take_notices().is_empty());

    // Not listed yet: stopping what the server does not list gets one removed from the class.
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::SetCamera { on: true }).say(Input::Media(MediaEvent::CameraOn));
    let leg = scene.leg(is_send).unwrap();
    scene.say(Input::Leg(leg, LegEvent::Up)).take_asked();
    scene.intent(Intent::SetCamera { on: false });
    assert!(scene.mutations().is_empty());
}

#[test]
fn a_locked_camera_is_never_announced() {
    let mut scene = Scene::in_class(false);
    scene.feed(locks(true, false));
    scene.take_asked();
    scene.intent(Intent::SetCamera { on: true });
    assert_eq!(scene.take_notices(), [Notice::Camera { trouble: DeviceTrouble::Locked }]);
    assert!(scene.asked.iter().all(|o| matches!(o, Output::View(_))));

    // The lock comes while the leg is on its way up.
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::SetCamera { on: true }).say(Input::Media(MediaEvent::CameraOn));
    let leg = scene.leg(is_send).unwrap();
    scene.take_asked();
    scene.feed(locks(true, false));
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert!(scene.mutations().is_empty(), "announcing it would get us removed");
    assert_eq!(scene.window.camera.state, CameraState::Off);
    assert_eq!(scene.window.camera.trouble, Some(DeviceTrouble::Locked));
}

#[test]
fn caps_are_kept_before_the_server_has_to() {
    let mut facts = StaticData::default();
    facts.users_policies.user_camera_cap = 1;
    let mut scene = Scene::in_class_with(MeetingConfig::default(), facts, true);
    scene.feed(FeedData::Cameras(vec![camera(&format!("{ME}_another-run_cam"), ME)]));
    assert!(!scene.window.me.may.camera);
    scene.intent(Intent::SetCamera { on: true });
    assert_eq!(scene.take_notices(), [Notice::ActionRefused]);

    let facts = StaticData { meeting_camera_cap: 2, ..StaticData::default() };
    let mut scene = Scene::in_class_with(MeetingConfig::default(), facts, true);
    scene.intent(Intent::SetCamera { on: true }).say(Input::Media(MediaEvent::CameraOn));
    let leg = scene.leg(is_send).unwrap();
    scene.feed(FeedData::Cameras(vec![camera("w_a_1_c", "w_a"), camera("w_b_1_c", "w_b")]));
    scene.take_asked();
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert!(scene.mutations().is_empty(), "the last place was taken meanwhile");
}

#[test]
fn a_camera_the_server_withdraws_stops_without_another_word_to_the_server() {
    let (mut scene, _) = Scene::with_camera(false);
    scene.feed(FeedData::Cameras(vec![]));
    assert_eq!(scene.window.camera.state, CameraState::Off);
    assert_eq!(scene.take_notices(), [Notice::Camera { trouble: DeviceTrouble::Locked }]);
    assert!(scene.mutations().is_empty());
    assert!(scene.leg(is_send).is_none() && scene.asked_for(&Output::Media(MediaCommand::Camera(false))));

    let (mut scene, _) = Scene::with_camera(false);
    scene.feed(locks(true, false));
    assert!(scene.mutations().is_empty(), "under the lock the stream is no longer ours to stop");
    assert!(scene.leg(is_send).is_none());
}

#[test]
fn an_announcement_that_is_refused_or_ignored_ends_the_camera_and_is_not_repeated() {
    for refused in [true, false] {
        let mut scene = Scene::in_class(false);
        scene.intent(Intent::SetCamera { on: true }).say(Input::Media(MediaEvent::CameraOn));
        let leg = scene.leg(is_send).unwrap();
        scene.say(Input::Leg(leg, LegEvent::Up));
        let (id, _) = scene.last_mutation();
        scene.take_asked();
        if refused {
            scene.say(Input::Mutated(id, Err(MutationRefusal::Denied)));
        }
        scene.pass(60.0);
        assert_eq!(scene.window.camera.state, CameraState::Off);
        assert!(scene.mutations().is_empty(), "{:?}", scene.mutations());
        assert_eq!(scene.take_notices().len(), 1);
    }
}

#[test]
fn troubles_of_the_device_are_named() {
    for trouble in [DeviceTrouble::None, DeviceTrouble::Busy, DeviceTrouble::Blocked, DeviceTrouble::Gone] {
        let mut scene = Scene::in_class(false);
        scene.intent(Intent::SetCamera { on: true }).say(Input::Media(MediaEvent::CameraTrouble(trouble)));
        assert_eq!(scene.take_notices(), [Notice::Camera { trouble }]);
        assert_eq!((scene.window.camera.state, scene.window.camera.trouble), (CameraState::Off, Some(trouble)));
    }
}

#[test]
fn a_first_start_that_fails_ends_with_the_code_for_the_it_person() {
    for (fault, code) in [(LegFault::Server(2301), "2301"), (LegFault::Timeout, "1020"), (LegFault::Ice, "1107")] {
        let mut scene = Scene::in_class(false);
        scene.intent(Intent::SetCamera { on: true }).say(Input::Media(MediaEvent::CameraOn));
        scene.leg_down(scene.leg(is_send).unwrap(), fault);
        assert_eq!(scene.take_notices(), [Notice::CameraFailed { code: code.to_owned() }]);
        scene.pass(120.0);
        assert_eq!(scene.leg(is_send), None);
        assert_eq!(scene.window.camera.state, CameraState::Off);
    }
}

#[test]
fn a_camera_that_was_on_comes_back_under_a_new_stream_and_is_given_up_in_the_end() {
    let (mut scene, first) = Scene::with_camera(false);
    scene.pass(30.0);
    scene.leg_down(scene.leg(is_send).unwrap(), LegFault::Ice);
    scene.feed(FeedData::Cameras(vec![]));
    assert_eq!(scene.window.camera.state, CameraState::Lost);
    scene.pass(2.1);
    let second = scene.bring_camera_up();
    assert_ne!(first, second);
    assert_eq!(scene.window.camera.state, CameraState::On);
    scene.take_notices();
    for _ in 0..4 {
        if let Some(leg) = scene.leg(is_send) {
            scene.leg_down(leg, LegFault::Ice);
            scene.pass(15.0);
        }
    }
    assert_eq!(scene.window.camera.state, CameraState::Off);
    assert_eq!(scene.take_notices(), [Notice::CameraFailed { code: "1107".to_owned() }]);
}

#[test]
fn with_one_camera_each_the_old_stream_has_to_go_before_the_new_one_starts() {
    let mut facts = StaticData::default();
    facts.users_policies.user_camera_cap = 1;
    let mut scene = Scene::in_class_with(MeetingConfig::default(), facts, false);
    scene.intent(Intent::SetCamera { on: true }).say(Input::Media(MediaEvent::CameraOn));
    scene.bring_camera_up();
    scene.pass(30.0);
    scene.leg_down(scene.leg(is_send).unwrap(), LegFault::Signalling).pass(20.0);
    assert_eq!(scene.leg(is_send), None, "still listed: a second one would break the cap");
    scene.feed(FeedData::Cameras(vec![]));
    scene.bring_camera_up();
    assert_eq!(scene.window.camera.state, CameraState::On);
}

#[test]
fn a_camera_wished_for_outside_starts_in_class() {
    let config = MeetingConfig { camera: true, ..MeetingConfig::default() };
    let mut scene = Scene::in_class_with(config, StaticData::default(), false);
    scene.say(Input::Media(MediaEvent::CameraOn));
    assert!(scene.leg(is_send).is_some());
}

#[test]
fn after_a_reconnect_a_camera_that_is_still_listed_goes_on_and_a_lost_one_starts_again() {
    let (mut scene, stream) = Scene::with_camera(false);
    let leg = scene.leg(is_send).unwrap();
    scene.control_down().pass(1.1).come_back(false);
    scene.feed(FeedData::Cameras(vec![camera(stream.as_str(), ME)]));
    assert_eq!(scene.leg(is_send), Some(leg));
    assert_eq!(scene.window.camera.state, CameraState::On);

    scene.pass(30.0);
    scene.control_down().pass(1.1).come_back(false);
    scene.take_asked();
    scene.feed(FeedData::Cameras(vec![]));
    assert_ne!(scene.leg(is_send), Some(leg));
    assert!(scene.take_notices().iter().all(|n| !matches!(n, Notice::Camera { .. })));
    scene.bring_camera_up();
    assert_eq!(scene.window.camera.state, CameraState::On);
}

#[test]
fn only_faces_on_screen_cost_a_leg() {
    let mut scene = Scene::in_class(false);
    let rows: Vec<_> = (0..150).map(|n| camera(&format!("w_{n}_r_c"), &format!("w_{n}"))).collect();
    scene.feed(FeedData::Cameras(rows));
    assert_eq!(scene.window.faces.len(), 150);
    assert_eq!(scene.legs.len(), 1, "sound only");
    show(&mut scene, &["w_3_r_c", "w_4_r_c", "not_listed", "w_3_r_c"]);
    assert_eq!(scene.legs.len(), 3);
    let leg = scene.leg(view_of("w_3_r_c")).unwrap();
    let face = |scene: &Scene| scene.window.faces[3].state;
    assert_eq!(face(&scene), FaceState::Connecting);
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert_eq!(face(&scene), FaceState::Connecting, "no picture yet");
    scene.say(Input::Media(MediaEvent::Frames { leg, flowing: true }));
    assert_eq!(face(&scene), FaceState::Live);
    scene.say(Input::Media(MediaEvent::Frames { leg, flowing: false }));
    assert_eq!(face(&scene), FaceState::Lost);
    show(&mut scene, &["w_4_r_c"]);
    assert_eq!(scene.leg(view_of("w_3_r_c")), None);
    assert_eq!(face(&scene), FaceState::Idle);
    assert_eq!(scene.window.faces[5].state, FaceState::Idle);
}

#[test]
fn a_window_that_asks_for_too_many_faces_gets_the_first_ones() {
    let mut scene = Scene::in_class(false);
    let ids: Vec<String> = (0..200).map(|n| format!("w_{n}_r_c")).collect();
    scene.feed(FeedData::Cameras(ids.iter().map(|id| camera(id, "w_x")).collect()));
    scene.intent(Intent::ShowFaces { streams: ids });
    assert_eq!(scene.legs.len(), 48 + 1);
}

#[test]
fn a_face_that_leaves_closes_its_leg_and_a_late_word_of_that_leg_is_ignored() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Cameras(vec![camera("w_a_r_c", "w_a")]));
    show(&mut scene, &["w_a_r_c"]);
    let leg = scene.leg(view_of("w_a_r_c")).unwrap();
    scene.feed(FeedData::Cameras(vec![]));
    assert_eq!(scene.leg(view_of("w_a_r_c")), None);
    scene.take_asked();
    scene.say(Input::Leg(leg, LegEvent::Up)).say(Input::Leg(leg, LegEvent::Down(LegFault::Ice)));
    scene.say(Input::Media(MediaEvent::Frames { leg, flowing: true }));
    assert!(scene.asked.is_empty());
}

#[test]
fn a_face_that_was_seen_is_fetched_again_at_once_one_never_seen_after_half_a_minute_then_a_whole_one() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Cameras(vec![camera("w_a_r_c", "w_a")]));
    show(&mut scene, &["w_a_r_c"]);
    let leg = |scene: &Scene| scene.leg(view_of("w_a_r_c"));
    for wait in [30.0, 60.0, 60.0, 60.0] {
        scene.leg_down(leg(&scene).unwrap(), LegFault::Timeout);
        scene.pass(wait - 0.5);
        assert_eq!(leg(&scene), None);
        scene.pass(1.0);
        assert!(leg(&scene).is_some(), "after {wait} s");
    }
    scene.say(Input::Leg(leg(&scene).unwrap(), LegEvent::Up)).pass(10.0);
    scene.leg_down(leg(&scene).unwrap(), LegFault::Ice);
    assert!(leg(&scene).is_some());
    assert_eq!(scene.window.faces[0].state, FaceState::Lost);
}

#[test]
fn my_own_stream_is_never_subscribed() {
    let (mut scene, stream) = Scene::with_camera(false);
    show(&mut scene, &[stream.as_str()]);
    assert_eq!(scene.leg(view_of(stream.as_str())), None);
    // The same person on another device is somebody to look at.
    let other = format!("{ME}_other-run_cam");
    scene.feed(FeedData::Cameras(vec![camera(stream.as_str(), ME), camera(&other, ME)]));
    show(&mut scene, &[&other]);
    assert!(scene.leg(view_of(&other)).is_some());
    assert!(!scene.window.faces[1].mine);
}

#[test]
fn my_bitrate_gives_way_as_faces_multiply() {
    let (mut scene, stream) = Scene::with_camera(false);
    let others: Vec<String> = (0..40).map(|n| format!("w_{n}_r_c")).collect();
    let mut rows: Vec<_> = others.iter().map(|id| camera(id, "w_x")).collect();
    rows.push(camera(stream.as_str(), ME));
    scene.feed(FeedData::Cameras(rows)).take_asked();
    for (count, kbps) in [(7, 100), (11, 90), (29, 30), (2, 200)] {
        scene.intent(Intent::ShowFaces { streams: others[..count].to_vec() });
        assert!(scene.asked_for(&Output::Media(MediaCommand::CameraBound { kbps })), "{count}");
        scene.take_asked();
    }
}

#[test]
fn the_server_is_told_the_profile_and_the_engine_the_bound() {
    let mut scene = Scene::in_class(false);
    let others: Vec<String> = (0..11).map(|n| format!("w_{n}_r_c")).collect();
    scene.feed(FeedData::Cameras(others.iter().map(|id| camera(id, "w_x")).collect()));
    scene.intent(Intent::ShowFaces { streams: others });
    scene.take_asked();
    scene.intent(Intent::SetCamera { on: true });
    scene.say(Input::Media(MediaEvent::CameraOn));
    let leg = scene.leg(is_send).unwrap();
    assert!(matches!(scene.legs[&leg].kind, LegKind::CameraSend { kbps: 200, .. }), "the cap the server keeps");
    assert!(scene.asked_for(&Output::Media(MediaCommand::CameraBound { kbps: 90 })));
}

#[test]
fn rows_without_a_stream_and_shared_screens_among_the_cameras_are_left_out() {
    let mut scene = Scene::in_class(false);
    let mut shared = camera("w_b_r_s", "w_b");
    shared.content_type = Some("screenshare".to_owned());
    let mut empty = camera("", "w_c");
    empty.stream_id = None;
    scene.feed(FeedData::Cameras(vec![shared, empty, camera("w_a_r_c", "w_a")]));
    assert_eq!(scene.window.faces.iter().map(|f| f.user.as_str()).collect::<Vec<_>>(), ["w_a"]);
}
