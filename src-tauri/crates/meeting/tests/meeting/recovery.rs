//! What breaks and how it comes back.

use crate::scene::*;
use meeting::view::{EndReason, LinkState, Notice, SoundState, Stage};
use meeting::{EntryBy, EntryFault, Input, Intent, LegEvent, LegFault, MeetingConfig, Output, SystemEvent};
use protocol::graphql::{Feed, FeedData, MeRow, Mutation};
use protocol::http::StaticData;

fn opened(scene: &Scene) -> usize {
    scene.asked.iter().filter(|o| **o == Output::OpenControl).count()
}

#[test]
fn a_lost_socket_is_told_at_once_and_tried_again_after_1_2_5_10_10_seconds() {
    let mut scene = Scene::in_class(false);
    scene.pass(60.0).control_down();
    assert_eq!(*scene.stage(), Stage::InClass, "the window stays in class");
    assert_eq!(scene.link(), LinkState::Lost);
    assert_eq!(scene.window.link.lost_since, Some(MORNING + 60_000.0));
    for wait in [1.0, 2.0, 5.0, 10.0, 10.0] {
        assert_eq!(scene.window.link.retry_at, Some(scene.wall + wait * 1_000.0));
        scene.take_asked();
        scene.pass(wait - 0.1);
        assert_eq!(opened(&scene), 0);
        scene.pass(0.2);
        assert_eq!(opened(&scene), 1, "after {wait} s");
        assert_eq!(scene.link(), LinkState::Lost, "opening is not connected");
        scene.control_down();
    }
}

#[test]
fn coming_back_opens_every_feed_anew_and_says_so() {
    let mut scene = Scene::in_class(false);
    let before = scene.feeds.clone();
    scene.control_down().pass(1.1);
    scene.say(Input::ControlUp);
    assert_eq!(scene.link(), LinkState::Lost, "not in class yet");
    scene.feed(FeedData::Me(me_row(false, true)));
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Ok(())));
    assert_eq!(scene.link(), LinkState::Good);
    assert_eq!(scene.window.link.lost_since, None);
    assert_eq!(scene.take_notices(), [Notice::Back { sent: 0 }]);
    let plain = |feeds: &std::collections::BTreeSet<Feed>| {
        feeds
            .iter()
            .filter(|f| !matches!(f, Feed::ChatStream { .. } | Feed::ChatPage { .. }))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(plain(&before), plain(&scene.feeds));
}

#[test]
fn a_join_that_is_not_answered_after_a_reconnect_does_not_keep_one_out() {
    let mut scene = Scene::in_class(false);
    scene.control_down().pass(1.1);
    scene.say(Input::ControlUp).feed(FeedData::Me(me_row(false, true)));
    scene.pass(11.0);
    assert_eq!(scene.link(), LinkState::Good);
}

#[test]
fn who_was_dropped_meanwhile_joins_again() {
    let mut scene = Scene::in_class(false);
    scene.control_down().pass(1.1);
    scene.say(Input::ControlUp).take_asked();
    scene.feed(FeedData::Me(me_row(false, false)));
    let (id, mutation) = scene.last_mutation();
    assert!(matches!(mutation, Mutation::UserJoin { .. }));
    scene.say(Input::Mutated(id, Ok(())));
    assert_eq!(scene.link(), LinkState::Lost);
    scene.feed(FeedData::Me(me_row(false, true)));
    assert_eq!(scene.link(), LinkState::Good);
}

#[test]
fn who_is_listed_as_gone_while_connected_joins_again_but_not_in_a_loop() {
    let mut scene = Scene::in_class(false);
    let gone = MeRow { currently_in_meeting: Some(false), ..me_full(false, false) };
    for _ in 0..20 {
        scene.feed(FeedData::MeFull(gone.clone()));
    }
    assert_eq!(scene.mutations().iter().filter(|(_, m)| matches!(m, Mutation::UserJoin { .. })).count(), 1);
    assert_eq!(*scene.stage(), Stage::InClass);
}

#[test]
fn the_ladder_goes_from_socket_to_session_to_link_to_the_end() {
    let mut scene = Scene::in_class(false);
    scene.pass(60.0).take_asked();
    scene.control_down();
    let (mut sockets, mut sessions, mut links) = (0, 0, 0);
    for _ in 0..200 {
        if matches!(scene.stage(), Stage::Ended { .. }) {
            break;
        }
        scene.pass(11.0);
        for output in scene.take_asked() {
            match output {
                Output::OpenControl => {
                    sockets += 1;
                    scene.control_down();
                }
                Output::Enter { by } => {
                    if by == EntryBy::Session {
                        sessions += 1;
                    } else {
                        links += 1;
                    }
                    scene.say(Input::EntryFailed(EntryFault::Passing(EndReason::Unreachable)));
                }
                _ => {}
            }
        }
    }
    assert_eq!((sockets, sessions, links), (20, 3, 3));
    assert!(matches!(scene.stage(), Stage::Ended { reason: EndReason::Unreachable, rejoin: true, .. }));
    assert!(scene.timers.is_empty(), "{:?}", scene.timers);
}

fn on_rung(by: EntryBy) -> Scene {
    let mut scene = Scene::in_class(false);
    scene.pass(60.0);
    scene.control_down();
    for _ in 0..100 {
        scene.take_asked();
        scene.pass(11.0);
        if scene.asked_for(&Output::Enter { by }) {
            return scene;
        }
        if scene.asked_for(&Output::OpenControl) {
            scene.control_down();
        } else {
            scene.say(Input::EntryFailed(EntryFault::Passing(EndReason::Unreachable)));
        }
    }
    panic!("never tried to enter by {by:?}");
}

#[test]
fn an_expired_session_goes_on_by_link() {
    let mut scene = on_rung(EntryBy::Session);
    scene.say(Input::EntryFailed(EntryFault::Final(EndReason::SessionExpired)));
    scene.take_asked();
    scene.pass(1.1);
    assert!(scene.asked_for(&Output::Enter { by: EntryBy::Link }));
    assert!(scene.legs.is_empty(), "by link we are somebody new");
}

#[test]
fn a_final_fault_on_the_way_back_is_final() {
    for reason in [EndReason::Closed, EndReason::Banned, EndReason::Certificate] {
        let mut scene = on_rung(EntryBy::Session);
        scene.say(Input::EntryFailed(EntryFault::Final(reason)));
        assert!(matches!(scene.stage(), Stage::Ended { reason: r, .. } if *r == reason));
    }
    let mut scene = on_rung(EntryBy::Link);
    scene.say(Input::EntryFailed(EntryFault::Final(EndReason::LinkUsed)));
    assert!(matches!(scene.stage(), Stage::Ended { reason: EndReason::LinkUsed, rejoin: false, .. }));
}

#[test]
fn a_rejoin_by_link_is_somebody_new_and_muted() {
    let mut scene = on_rung(EntryBy::Link);
    scene.say(Input::Entered(Box::new(entry(StaticData::default())))).say(Input::ControlUp);
    let new = |joined| MeRow { user_id: Some("w_somebody".into()), ..me_row(false, joined) };
    scene.feed(FeedData::Me(new(false)));
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Ok(()))).feed(FeedData::Me(new(true)));
    assert_eq!((scene.link(), scene.window.me.user.as_str()), (LinkState::Good, "w_somebody"));
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.feed(FeedData::Voice(vec![voice_of("w_somebody", "Me", false, false)]));
    assert!(!scene.gate_open);
}

#[test]
fn waking_up_a_new_network_and_the_person_cut_the_wait() {
    for cut in
        [Input::System(SystemEvent::Woke), Input::System(SystemEvent::NetworkChanged), Input::Intent(Intent::Retry)]
    {
        let mut scene = Scene::in_class(false);
        scene.pass(60.0).control_down().pass(1.1);
        scene.control_down().take_asked();
        scene.say(cut);
        assert_eq!(opened(&scene), 1);
        scene.pass(30.0);
        assert_eq!(opened(&scene), 1, "and the timer is off");
    }
}

#[test]
fn a_silent_socket_is_strained_then_given_up() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::ControlSilent(true));
    assert_eq!(scene.link(), LinkState::Strained);
    scene.say(Input::ControlSilent(false));
    assert_eq!(scene.link(), LinkState::Good);
    scene.pass(60.0);
    assert_eq!(scene.link(), LinkState::Good);
    scene.say(Input::ControlSilent(true)).take_asked();
    scene.pass(15.1);
    assert!(scene.asked_for(&Output::CloseControl));
    assert_eq!(scene.link(), LinkState::Lost);
    scene.pass(1.1);
    assert_eq!(opened(&scene), 1);
}

#[test]
fn a_machine_that_wakes_up_over_a_silent_socket_does_not_wait_for_it() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::ControlSilent(true)).take_asked();
    scene.say(Input::System(SystemEvent::Woke));
    assert!(scene.asked_for(&Output::CloseControl) && opened(&scene) == 1);
}

#[test]
fn own_sockets_that_linger_on_the_server_are_waited_out() {
    let mut scene = Scene::in_class(false);
    scene.pass(60.0).control_down().pass(1.1);
    scene.refused("too_many_connections");
    assert_eq!(*scene.stage(), Stage::InClass);
    scene.pass(2.1).come_back(false);
    assert_eq!(scene.link(), LinkState::Good);
}

#[test]
fn a_session_that_flaps_is_not_hammered() {
    let mut scene = Scene::in_class(false);
    scene.pass(60.0).take_asked();
    for _ in 0..4 {
        scene.control_down().pass(10.1);
        scene.come_back(false);
        scene.pass(1.0);
    }
    scene.control_down();
    assert_eq!(scene.window.link.retry_at, Some(scene.wall + 10_000.0));
}

#[test]
fn an_audio_leg_comes_back_with_growing_waits_and_is_given_up_with_a_code() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up)).pass(30.0);
    scene.leg_down(scene.audio(), LegFault::Ice);
    assert_eq!((scene.window.sound.state, scene.link()), (SoundState::Lost, LinkState::Strained));
    for wait in [2.0, 5.0, 10.0, 10.0, 20.0] {
        scene.leg_down(scene.audio(), LegFault::Ice);
        scene.pass(wait - 0.1);
        assert_eq!(scene.legs.len(), 0);
        scene.pass(0.2);
    }
    scene.leg_down(scene.audio(), LegFault::Ice);
    assert_eq!(scene.take_notices(), [Notice::SoundFailed { code: "1007".to_owned() }]);
    assert_eq!(scene.window.sound.state, SoundState::Off);
    scene.pass(600.0);
    assert!(scene.legs.is_empty());
    scene.intent(Intent::Retry);
    assert_eq!(scene.legs.len(), 1, "the person may always ask for it");
}

#[test]
fn a_refused_audio_leg_is_not_asked_for_again() {
    let mut scene = Scene::in_class(false);
    scene.leg_down(scene.audio(), LegFault::Server(2301)).pass(120.0);
    assert!(scene.legs.is_empty());
    assert_eq!(scene.take_notices(), [Notice::SoundFailed { code: "2301".to_owned() }]);
}

#[test]
fn an_unknown_bridge_costs_that_medium_only() {
    let mut facts = StaticData::default();
    facts.bridges.audio = protocol::http::Bridge::FreeSwitch;
    let mut scene = Scene::in_class_with(MeetingConfig::default(), facts, false);
    assert!(scene.legs.is_empty());
    assert_eq!(scene.take_notices(), [Notice::SoundFailed { code: "1003".to_owned() }]);
    assert_eq!(*scene.stage(), Stage::InClass);
    scene.pass(60.0);
    assert!(scene.take_notices().is_empty());
}

#[test]
fn legs_that_break_with_the_control_socket_wait_for_it() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up)).pass(30.0);
    scene.control_down();
    scene.leg_down(scene.audio(), LegFault::Signalling).take_asked();
    scene.pass(0.9);
    assert!(scene.legs.is_empty(), "nobody outside the class may open one");
    scene.pass(0.2).come_back(false);
    assert_eq!(scene.legs.len(), 1);
}

#[test]
fn a_wavering_leg_strains_the_link_until_it_is_steady() {
    let mut scene = Scene::in_class(false);
    let leg = scene.audio();
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert_eq!(scene.link(), LinkState::Good);
    scene.say(Input::Leg(leg, LegEvent::Wavering));
    assert_eq!(scene.link(), LinkState::Strained);
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert_eq!(scene.link(), LinkState::Good);
}

#[test]
fn the_heartbeat_beats_every_ten_seconds_in_class_only() {
    let beats = |scene: &Scene| {
        let is_beat = |o: &&Output| matches!(o, Output::Mutate(_, Mutation::ConnectionAlive { client_session, .. }) if client_session == RUN);
        scene.asked.iter().filter(is_beat).count()
    };
    let mut scene = Scene::in_class(false);
    scene.pass(60.5);
    assert_eq!(beats(&scene), 6);
    scene.take_asked();
    scene.control_down().pass(0.5);
    scene.pass(60.0);
    assert_eq!(beats(&scene), 0);
}

#[test]
fn a_socket_that_breaks_on_the_first_way_in_does_not_use_the_link_again() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.control_down().take_asked();
    scene.pass(1.1);
    assert_eq!(opened(&scene), 1);
    assert!(!scene.asked.iter().any(|o| matches!(o, Output::Enter { .. })), "a link may work only once");
    scene.say(Input::ControlUp).feed(FeedData::Me(me_row(false, false))).feed(FeedData::Me(me_row(false, true)));
    assert_eq!(scene.link(), LinkState::Good);
    assert!(scene.take_notices().is_empty(), "who was never in does not come back");
}

#[test]
fn a_place_in_the_waiting_room_is_fought_for_like_one_in_class() {
    let mut scene = Scene::to_control(MeetingConfig::default(), StaticData::default());
    scene.feed(FeedData::Me(MeRow { guest_status: Some("WAIT".to_owned()), ..me_row(false, false) }));
    scene.control_down();
    for _ in 0..19 {
        scene.pass(11.0);
        scene.control_down();
    }
    assert!(!matches!(scene.stage(), Stage::Ended { .. }));
}

#[test]
fn a_lobby_on_the_way_back_shows_as_a_lobby() {
    let mut scene = Scene::in_class(false);
    scene.control_down().pass(1.1);
    scene.say(Input::ControlUp);
    scene.feed(FeedData::Me(MeRow { guest_status: Some("WAIT".to_owned()), ..me_row(false, false) }));
    assert!(matches!(scene.stage(), Stage::Waiting { .. }));
    assert_ne!(scene.link(), LinkState::Good);
}
