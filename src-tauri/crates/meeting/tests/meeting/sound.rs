//! Microphone, mute, and who may open it.

use crate::scene::*;
use meeting::view::{DeviceTrouble, Notice, SoundState};
use meeting::{
    Input, Intent, LegEvent, LegFault, LegKind, MediaCommand, MediaEvent, MeetingConfig, MutationRefusal, Output,
};
use protocol::graphql::{Feed, FeedData, Mutation, VoiceRow};
use protocol::http::StaticData;

fn gate_moves(scene: &Scene) -> Vec<bool> {
    let muted = |o: &Output| match o {
        Output::Media(MediaCommand::SetMuted(muted)) => Some(*muted),
        _ => None,
    };
    scene.asked.iter().filter_map(muted).collect()
}

#[test]
fn the_gate_opens_only_when_the_server_says_open() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.take_asked();
    scene.mute(false);
    assert_eq!(scene.mutes_asked(), [false]);
    assert_eq!(scene.window.sound.pending, Some(false));
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Ok(())));
    assert!(!scene.gate_open, "queued is not open");
    scene.voice(false);
    assert!(scene.gate_open);
    assert_eq!((scene.window.sound.muted, scene.window.sound.pending), (false, None));
    assert!(scene.window.sound.talking);
}

#[test]
fn muting_closes_the_gate_before_the_server_is_asked() {
    let mut scene = Scene::talking(false);
    scene.mute(true);
    let gate = scene.asked.iter().position(|o| *o == Output::Media(MediaCommand::SetMuted(true)));
    let mutation =
        scene.asked.iter().position(|o| matches!(o, Output::Mutate(_, Mutation::SetMuted { muted: true, .. })));
    assert!(gate.unwrap() < mutation.unwrap());
    assert!(!scene.window.sound.muted, "what the server says, never the wish");
    assert_eq!(scene.window.sound.pending, Some(true));
    scene.voice(true);
    assert!(scene.window.sound.muted && !scene.window.sound.by_teacher);
    assert!(scene.take_notices().is_empty(), "my own doing");
}

#[test]
fn mute_wins_over_a_late_unmute() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.take_asked();
    scene.mute(false).mute(true);
    assert_eq!(scene.mutes_asked(), [false, true]);
    scene.voice(false);
    assert!(!scene.gate_open, "the unmute came late");
    scene.voice(true);
    assert!(!scene.gate_open && scene.window.sound.muted);
    assert_eq!(scene.window.sound.pending, None);
}

#[test]
fn unmute_after_mute_is_the_last_wish() {
    let mut scene = Scene::talking(false);
    scene.mute(true).mute(false);
    assert_eq!(scene.mutes_asked(), [true, false]);
    scene.voice(true);
    assert!(!scene.gate_open);
    scene.voice(false);
    assert!(scene.gate_open);

    // The server may take both without a word in between.
    let mut scene = Scene::talking(false);
    scene.mute(true).mute(false).pass(30.0);
    assert!(scene.gate_open && !scene.window.sound.muted);
    assert_eq!((scene.window.sound.pending, scene.take_notices().len()), (None, 0));
}

#[test]
fn an_unmute_without_sound_ends_with_the_sound() {
    let mut scene = Scene::in_class(false);
    scene.mute(false);
    assert_eq!(scene.window.sound.pending, Some(false));
    scene.leg_down(scene.audio(), LegFault::Server(2301));
    assert_eq!(scene.window.sound.pending, None);
}

#[test]
fn an_unmute_that_comes_after_its_deadline_stays_without_effect() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.mute(false).pass(9.0);
    assert!(scene.take_notices().contains(&Notice::ActionTooLate));
    assert_eq!(scene.window.sound.pending, None);
    scene.take_asked();
    scene.voice(false);
    assert!(!scene.gate_open);
    assert_eq!(scene.mutes_asked(), [true], "and the server is told what the person sees");
}

#[test]
fn a_mute_the_server_does_not_confirm_is_asked_for_again_and_then_told() {
    let mut scene = Scene::talking(false);
    scene.mute(true).pass(60.0);
    assert_eq!(scene.mutes_asked(), [true, true, true]);
    assert_eq!(scene.take_notices(), [Notice::ActionTooLate]);
    assert!(!scene.gate_open);
}

#[test]
fn a_teacher_who_mutes_me_is_named_once() {
    let mut scene = Scene::talking(false);
    scene.voice(true).voice(true);
    assert_eq!(scene.take_notices(), [Notice::MutedByTeacher]);
    assert!(!scene.gate_open && scene.window.sound.by_teacher);
    scene.mute(false);
    assert!(!scene.window.sound.by_teacher);
    scene.voice(false);
    assert!(scene.gate_open);
}

#[test]
fn a_server_that_opens_a_microphone_unasked_is_told_to_mute_it() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.take_asked();
    scene.voice(false);
    assert!(!scene.gate_open);
    assert_eq!(scene.mutes_asked(), [true]);
}

#[test]
fn who_comes_in_with_an_open_microphone_follows_the_rule_for_newcomers() {
    let open = MeetingConfig { muted: false, ..MeetingConfig::default() };
    let mut scene = Scene::in_class_with(open.clone(), StaticData::default(), false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up)).voice(false);
    assert!(scene.gate_open);

    let mut facts = StaticData::default();
    facts.voice.mute_on_start = true;
    let mut scene = Scene::in_class_with(open.clone(), facts, false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up)).pass(20.0);
    assert!(!scene.gate_open && scene.mutes_asked().is_empty());

    // The rule may also come without the facts: nothing is said of us, so we are muted.
    let mut scene = Scene::in_class_with(open, StaticData::default(), false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up)).pass(20.0).voice(false);
    assert!(!scene.gate_open, "too late to be the beginning");
}

#[test]
fn a_muted_microphone_never_comes_back_open_after_a_reconnect() {
    for moderator in [false, true] {
        for by_link in [false, true] {
            let mut scene = Scene::talking(moderator);
            scene.mute(true).voice(true);
            scene.take_asked();
            if by_link {
                scene.control_down().pass(1.1);
                scene.come_back(moderator);
            } else {
                scene.leg_down(scene.audio(), LegFault::Ice).pass(3.0);
            }
            scene.first_rows(moderator);
            if scene.leg(|k| matches!(k, LegKind::Audio { .. })).is_some() {
                scene.say(Input::Leg(scene.audio(), LegEvent::Up));
            }
            // Even a server that lets the new member speak does not open it.
            scene.voice(false).pass(30.0).voice(false);
            assert!(!scene.gate_open);
            assert!(!gate_moves(&scene).contains(&false), "not for a moment");
        }
    }
}

#[test]
fn an_unmute_that_was_under_way_when_the_line_broke_is_off() {
    let mut scene = Scene::in_class(true);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.mute(false).control_down().pass(1.1);
    scene.come_back(true).first_rows(true);
    scene.voice(false).pass(30.0);
    assert!(!scene.gate_open);
}

#[test]
fn an_open_microphone_goes_on_over_a_broken_control_socket_if_the_server_agrees_afterwards() {
    let mut scene = Scene::talking(false);
    scene.control_down();
    assert!(scene.gate_open, "sound has its own way");
    scene.pass(1.1).come_back(false).first_rows(false);
    scene.voice(false).pass(30.0);
    assert!(scene.gate_open);
    assert!(gate_moves(&scene).is_empty());

    let mut scene = Scene::talking(false);
    scene.control_down().pass(1.1);
    scene.come_back(false).first_rows(false);
    scene.pass(6.0);
    assert!(!scene.gate_open, "no word of us: muted meanwhile");
    assert!(scene.window.sound.muted);
    assert!(scene.mutes_asked().is_empty(), "and what a teacher decided is not undone");
}

#[test]
fn muting_works_without_a_control_socket_and_unmuting_does_not() {
    let mut scene = Scene::talking(false);
    scene.control_down();
    scene.mute(true);
    assert!(!scene.gate_open);
    scene.mute(false);
    assert!(!scene.gate_open);
    assert!(scene.take_notices().contains(&Notice::ActionTooLate));
    scene.pass(1.1).come_back(false).first_rows(false);
    scene.take_asked();
    scene.voice(false);
    assert_eq!(scene.mutes_asked(), [true], "the server hears of it when it can");
}

#[test]
fn a_new_audio_leg_waits_for_the_servers_word() {
    let mut scene = Scene::talking(false);
    scene.leg_down(scene.audio(), LegFault::Ice);
    assert!(!scene.gate_open);
    assert_eq!(scene.window.sound.state, SoundState::Lost);
    scene.pass(3.0);
    let leg = scene.audio();
    scene.say(Input::Leg(leg, LegEvent::Up));
    assert!(!scene.gate_open);
    scene.voice(false);
    assert!(scene.gate_open, "it was open by wish, and the server says open");
}

#[test]
fn a_teachers_open_microphone_is_asked_for_again_on_a_new_leg_a_pupils_is_not() {
    for moderator in [true, false] {
        let mut scene = Scene::talking(moderator);
        scene.leg_down(scene.audio(), LegFault::Ice).pass(3.0);
        scene.take_asked();
        scene.say(Input::Leg(scene.audio(), LegEvent::Up));
        assert_eq!(scene.mutes_asked(), if moderator { vec![false] } else { vec![] });
        scene.pass(20.0);
        assert!(!scene.gate_open);
    }
}

#[test]
fn the_member_before_the_reconnect_may_leave_late() {
    let mut scene = Scene::talking(false);
    let speak = |member: &str| {
        FeedData::Voice(vec![VoiceRow { voice_user_id: Some(member.to_owned()), ..voice_of(ME, "Me", false, true) }])
    };
    scene.feed(speak("old"));
    scene.leg_down(scene.audio(), LegFault::Ice).pass(3.0);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up)).feed(speak("new"));
    scene.feed(FeedData::Voice(vec![left_voice(ME, "old")]));
    assert!(scene.gate_open);
    scene.feed(FeedData::Voice(vec![left_voice(ME, "new")]));
    assert!(!scene.gate_open);
}

#[test]
fn locked_microphones_close_mine_and_refuse_to_open_it() {
    let mut scene = Scene::talking(false);
    scene.feed(locks(false, true));
    assert!(!scene.gate_open && scene.window.sound.locked && !scene.window.me.may.speak);
    assert_eq!(scene.take_notices(), [Notice::MicrophoneLocked]);
    scene.voice(true).take_asked();
    scene.mute(false);
    assert!(scene.mutations().is_empty(), "an unmute under the lock would be refused");
    assert_eq!(scene.take_notices(), [Notice::MicrophoneLocked]);
    scene.feed(locks(false, false));
    assert!(!scene.gate_open, "unlocked is not opened");
}

#[test]
fn locks_do_not_bind_a_teacher() {
    let mut scene = Scene::talking(true);
    scene.feed(locks(true, true));
    assert!(scene.gate_open && scene.window.me.may.speak && scene.window.me.may.camera);
}

#[test]
fn a_refused_unmute_is_told_and_closed() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.mute(false);
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Err(MutationRefusal::Denied)));
    assert_eq!(scene.take_notices(), [Notice::ActionRefused]);
    assert_eq!(scene.window.sound.pending, None);
    scene.voice(false);
    assert!(!scene.gate_open);
}

#[test]
fn without_the_voice_feed_the_answer_counts() {
    let mut scene = Scene::in_class(false);
    scene.feeds.remove(&Feed::Voice);
    scene.say(Input::FeedRefused(Feed::Voice));
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.mute(false);
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Ok(())));
    assert!(scene.gate_open);
    scene.pass(60.0);
    assert!(scene.gate_open);
}

#[test]
fn listening_only_closes_the_gate_and_keeps_the_leg() {
    let mut scene = Scene::talking(false);
    let leg = scene.audio();
    scene.intent(Intent::SetListenOnly { listen_only: true });
    assert!(!scene.gate_open && scene.window.sound.listen_only);
    assert_eq!(scene.audio(), leg);
    assert!(scene.mutations().iter().any(|(_, m)| *m == Mutation::SetListenOnlyInput { listen_only: true }));
    scene.voice(true).mute(false).voice(false);
    assert!(!scene.gate_open);
}

#[test]
fn who_came_to_listen_gets_a_leg_that_can_send_when_wanted() {
    let config = MeetingConfig { listen_only: true, ..MeetingConfig::default() };
    let mut scene = Scene::in_class_with(config, StaticData::default(), false);
    let first = scene.audio();
    assert_eq!(scene.legs[&first].kind, LegKind::Audio { listen_only: true });
    scene.say(Input::Leg(first, LegEvent::Up));
    scene.intent(Intent::SetListenOnly { listen_only: false });
    let second = scene.audio();
    assert_ne!(first, second);
    assert_eq!(scene.legs[&second].kind, LegKind::Audio { listen_only: false });
}

#[test]
fn a_microphone_that_vanishes_is_replaced_named_and_comes_back() {
    let mut scene = Scene::talking(false);
    let mic = |name: Option<&str>, fell_back, came_back| {
        Input::Media(MediaEvent::Microphone { name: name.map(str::to_owned), fell_back, came_back })
    };
    scene.say(mic(Some("Built-in"), true, false));
    assert_eq!(scene.take_notices(), [Notice::MicrophoneGone { name: "Built-in".to_owned() }]);
    assert!(scene.gate_open, "the voice goes on");
    scene.say(mic(Some("Headset"), false, true));
    assert_eq!(scene.take_notices(), [Notice::MicrophoneBack]);
    scene.say(mic(None, true, false));
    assert_eq!(scene.take_notices(), [Notice::NoMicrophone]);
    assert!(!scene.gate_open);
    assert!(scene.mutes_asked().contains(&true));
    scene.mute(false);
    assert_eq!(scene.take_notices(), [Notice::NoMicrophone]);
    scene.say(mic(Some("Headset"), false, true)).voice(true).voice(false);
    assert!(!scene.gate_open, "it comes back muted");
}

#[test]
fn a_blocked_microphone_says_so() {
    let mut scene = Scene::talking(false);
    scene.say(Input::Media(MediaEvent::MicrophoneTrouble(DeviceTrouble::Blocked)));
    assert_eq!(scene.take_notices(), [Notice::MicrophoneBlocked]);
    assert!(!scene.gate_open);
}

#[test]
fn speaking_while_muted_is_told_once_a_minute() {
    let mut scene = Scene::in_class(false);
    scene.say(Input::Leg(scene.audio(), LegEvent::Up));
    scene.take_notices();
    for _ in 0..10 {
        scene.say(Input::Media(MediaEvent::SpeakingMuted)).pass(5.0);
    }
    assert_eq!(scene.take_notices(), [Notice::SpeakingMuted]);
    scene.pass(20.0).say(Input::Media(MediaEvent::SpeakingMuted));
    assert_eq!(scene.take_notices(), [Notice::SpeakingMuted]);
}

#[test]
fn muting_everybody_mutes_me_without_blaming_a_teacher() {
    let mut scene = Scene::talking(true);
    scene.intent(Intent::MuteAll);
    assert_eq!(scene.mutations()[0].1, Mutation::MuteAll { except_presenter: true });
    assert!(!scene.gate_open);
    scene.voice(true);
    assert!(scene.take_notices().is_empty());

    let mut scene = Scene::talking(true);
    scene.feed(FeedData::MeFull(me_full(true, true))).intent(Intent::MuteAll);
    assert!(scene.gate_open, "the presenter is left out");
}
