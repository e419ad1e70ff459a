//! Seeded nonsense: whatever comes in whatever order, some things never happen.

use crate::scene::*;
use meeting::view::{CameraState, DeviceTrouble, EndReason, FaceState, LinkState, Notice, Share, SoundState, Stage};
use meeting::{
    ControlFault, EntryFault, Input, Intent, LegEvent, LegFault, LegKind, MediaCommand, MediaEvent, MeetingConfig,
    MutationRefusal, Output, SystemEvent, Timer,
};
use protocol::graphql::{Feed, FeedData, MeRow, Mutation};
use protocol::http::StaticData;
use protocol::ids::{LegId, MutationId};
use std::time::Duration;

/// Histories played, and inputs of each.
const SEEDS: u64 = 200;
const INPUTS: usize = 1_500;

/// xorshift64*: enough to be unpredictable, small enough to read.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn yes(&mut self) -> bool {
        self.roll(2) == 0
    }

    fn rarely(&mut self) -> bool {
        self.roll(60) == 0
    }
}

/// What the test knows without asking the core: what the person wished and what the server said.
struct Truth {
    wants_open: bool,
    server_open: bool,
    last_leg: u32,
    last_mutation: u64,
}

fn user_id(dice: &mut Dice) -> String {
    if dice.roll(4) == 0 { ME.to_owned() } else { format!("w_{}", dice.roll(5)) }
}

fn stream_id(dice: &mut Dice) -> String {
    format!("w_{}_r_c", dice.roll(5))
}

fn me(dice: &mut Dice) -> MeRow {
    let mut row = if dice.yes() { me_full(dice.yes(), dice.yes()) } else { me_row(dice.yes(), dice.roll(4) > 0) };
    if dice.rarely() {
        row.ejected = Some(true);
    }
    if dice.rarely() {
        row.guest_status = Some("WAIT".to_owned());
    }
    if dice.rarely() {
        row.user_id = Some("w_other".into());
    }
    row
}

fn feed(dice: &mut Dice) -> FeedData {
    match dice.roll(13) {
        0 | 1 => FeedData::Me(me(dice)),
        2 => FeedData::MeFull(me(dice)),
        3 => locks(dice.roll(4) == 0, dice.roll(4) == 0),
        4 => FeedData::Hands((0..dice.roll(3)).map(|_| hand(&user_id(dice))).collect()),
        5 => FeedData::Chats(vec![chat_row(i64::try_from(dice.roll(400)).unwrap() - 5, None)]),
        6 => {
            let offset = u32::try_from(dice.roll(8) * 50).unwrap();
            let rows = (0..dice.roll(5)).map(|_| message(u32::try_from(dice.roll(300)).unwrap(), &user_id(dice), "x"));
            FeedData::ChatPage { offset, rows: rows.collect() }
        }
        7 => FeedData::ChatStream(vec![message(u32::try_from(dice.roll(300)).unwrap(), &user_id(dice), "text")]),
        8 => {
            let row = voice_of(&user_id(dice), "P", dice.yes(), dice.yes());
            FeedData::Voice(vec![if dice.roll(5) == 0 { left_voice(&user_id(dice), "m") } else { row }])
        }
        9 => FeedData::Cameras((0..dice.roll(4)).map(|_| camera(&stream_id(dice), "w_x")).collect()),
        10 => FeedData::Screen((0..dice.roll(2)).map(|_| screen(&format!("s{}", dice.roll(3)))).collect()),
        11 => FeedData::PeoplePage { page: 0, rows: vec![user(&user_id(dice), dice.yes())] },
        _ => FeedData::PeopleCount(u32::try_from(dice.roll(1_000)).unwrap()),
    }
}

fn intent(dice: &mut Dice) -> Intent {
    match dice.roll(24) {
        20 => Intent::Rejoin,
        21 if dice.rarely() => Intent::Leave,
        22 => Intent::Mute { user: user_id(dice) },
        23 => Intent::Typing,
        0..=3 => Intent::SetMuted { muted: dice.yes() },
        4 => Intent::SetListenOnly { listen_only: dice.roll(4) == 0 },
        5..=7 => Intent::SetCamera { on: dice.roll(3) > 0 },
        8 => Intent::StartSharing { source: "s".to_owned() },
        9 => Intent::StopSharing,
        10 => Intent::SetHand { up: dice.yes() },
        11 => Intent::MuteAll,
        12 => Intent::LowerAllHands,
        13 => Intent::SendChat { text: "text".to_owned() },
        14 => Intent::ShowFaces { streams: (0..dice.roll(5)).map(|_| stream_id(dice)).collect() },
        15 => Intent::ShowPeople { from: 0, to: u32::try_from(dice.roll(200)).unwrap(), search: String::new() },
        16 => Intent::OlderChat,
        17 => Intent::SawChat,
        18 => Intent::Retry,
        _ => Intent::ResendChat { local_id: format!("local-{}", dice.roll(9)) },
    }
}

fn fault(dice: &mut Dice) -> LegFault {
    match dice.roll(5) {
        0 => LegFault::Signalling,
        1 => LegFault::Server(2301),
        2 => LegFault::Timeout,
        3 => LegFault::Server(2201),
        _ => LegFault::Ice,
    }
}

fn input(dice: &mut Dice, scene: &Scene, truth: &Truth) -> Input {
    let leg = || scene.legs.keys().next().copied();
    match dice.roll(22) {
        0..=7 => Input::Feed(feed(dice)),
        8..=11 => Input::Intent(intent(dice)),
        12 => {
            let id = MutationId(truth.last_mutation.saturating_sub(dice.roll(4)));
            let result = match dice.roll(6) {
                0 => Err(MutationRefusal::Denied),
                1 => Err(MutationRefusal::Lost),
                _ => Ok(()),
            };
            Input::Mutated(id, result)
        }
        13 | 14 => {
            let id = if dice.yes() { leg() } else { scene.legs.keys().last().copied() };
            Input::Leg(id.unwrap_or(LegId(truth.last_leg)), LegEvent::Up)
        }
        15 => Input::Leg(
            LegId(truth.last_leg.saturating_sub(u32::try_from(dice.roll(9)).unwrap())),
            match dice.roll(3) {
                0 => LegEvent::Wavering,
                1 => LegEvent::Up,
                _ => LegEvent::Down(fault(dice)),
            },
        ),
        16 | 17 => Input::Media(match dice.roll(8) {
            0 | 1 => MediaEvent::CameraOn,
            2 => MediaEvent::CameraTrouble(DeviceTrouble::Busy),
            3 | 4 => MediaEvent::ScreenOn { title: "t".to_owned() },
            5 => MediaEvent::ScreenGone,
            6 => MediaEvent::Microphone {
                name: dice.yes().then(|| "m".to_owned()),
                fell_back: dice.yes(),
                came_back: dice.yes(),
            },
            _ => MediaEvent::Frames { leg: LegId(truth.last_leg), flowing: dice.yes() },
        }),
        18 => match dice.roll(6) {
            0 => Input::ControlDown(ControlFault::Broken),
            1 => Input::ControlSilent(dice.yes()),
            2 if dice.rarely() => {
                Input::ControlDown(ControlFault::Refused { message_id: "meeting_not_found".to_owned() })
            }
            3 => Input::System(SystemEvent::Woke),
            4 => Input::FeedRefused(Feed::Hands),
            _ => Input::ControlUp,
        },
        19 => match dice.roll(4) {
            0 if dice.rarely() => Input::EntryFailed(EntryFault::Final(EndReason::Closed)),
            1 => Input::EntryFailed(EntryFault::Passing(EndReason::Unreachable)),
            _ => Input::Entered(Box::new(entry(StaticData::default()))),
        },
        20 => Input::ControlUp,
        _ => Input::Timer(match dice.roll(6) {
            0 => Timer::RetrySession,
            1 => Timer::RetryLeg(LegId(truth.last_leg)),
            2 => Timer::Confirm(MutationId(truth.last_mutation)),
            3 => Timer::Settle,
            4 => Timer::Heartbeat,
            _ => Timer::TypingFades,
        }),
    }
}

/// Follows what the person and the server said, as far as it bears on the microphone.
fn learn(truth: &mut Truth, input: &Input, over: bool) {
    match input {
        Input::Intent(Intent::SetMuted { muted }) => truth.wants_open = !muted,
        Input::Intent(Intent::Rejoin) if over => (truth.wants_open, truth.server_open) = (false, false),
        Input::Feed(FeedData::Voice(rows)) => {
            for row in rows.iter().filter(|row| row.user_id.as_ref().is_some_and(|id| id.as_str() == ME)) {
                if row.left_voice_conf == Some(true) || row.muted == Some(true) {
                    truth.server_open = false;
                } else if row.muted == Some(false) {
                    truth.server_open = true;
                }
            }
        }
        _ => {}
    }
}

fn check(scene: &Scene, truth: &Truth, seed: u64, at: usize) {
    let place = format!("seed {seed}, input {at}");
    if scene.gate_open {
        assert!(truth.wants_open, "open against the person's wish: {place}");
        assert!(truth.server_open, "open against the server's word: {place}");
        assert_eq!(scene.window.sound.state, SoundState::On, "open without a leg: {place}");
        assert!(!scene.window.sound.locked && !scene.window.sound.listen_only, "{place}");
    }
    let kinds = |fits: fn(&LegKind) -> bool| scene.legs.values().filter(|order| fits(&order.kind)).count();
    assert!(kinds(|k| matches!(k, LegKind::CameraSend { .. })) <= 1, "{place}");
    assert!(kinds(|k| matches!(k, LegKind::Audio { .. })) <= 1, "{place}");
    assert!(kinds(|k| matches!(k, LegKind::ScreenView)) <= 1, "{place}");
    assert!(kinds(|k| matches!(k, LegKind::ScreenSend { .. })) <= 1, "{place}");
    assert!(scene.feeds.len() <= 40, "{place}");
    assert!(scene.timers.len() <= 600, "{place}");
    assert!(scene.asked.len() <= 300, "{} outputs for one input: {place}", scene.asked.len());
    if scene.link() == LinkState::Good {
        assert_eq!(*scene.stage(), Stage::InClass, "{place}");
        assert!(scene.feeds.contains(&Feed::Me), "good without a socket: {place}");
    }
    let locked_out = scene.window.me.may.camera || scene.window.camera.state == CameraState::On;
    for output in &scene.asked {
        if let Output::Mutate(_, Mutation::CameraStart { .. }) = output {
            assert!(locked_out, "announced without permission: {place}");
        }
    }
    let gate: Vec<_> = scene.asked.iter().filter(|o| matches!(o, Output::Media(MediaCommand::SetMuted(_)))).collect();
    assert!(gate.len() <= 2, "the gate flutters: {place}");
}

/// How often the interesting states were reached: a test that never opens the gate proves nothing.
#[derive(Debug, Default)]
struct Reached {
    open_gate: u32,
    camera_on: u32,
    sharing: u32,
    watching: u32,
    lost: u32,
    back: u32,
    ended: u32,
}

impl Reached {
    fn note(&mut self, scene: &Scene) {
        self.open_gate += u32::from(scene.gate_open);
        self.camera_on += u32::from(scene.window.camera.state == CameraState::On);
        self.sharing += u32::from(matches!(scene.window.share, Share::Mine { .. }));
        self.watching += u32::from(matches!(scene.window.share, Share::Theirs { state: FaceState::Live, .. }));
        self.lost += u32::from(scene.link() == LinkState::Lost);
        self.back += u32::from(scene.notices.iter().any(|n| matches!(n, Notice::Back { .. })));
        self.ended += u32::from(matches!(scene.stage(), Stage::Ended { .. }));
    }
}

fn begin(dice: &mut Dice) -> (Scene, Truth) {
    let talking = dice.roll(4) > 0;
    let mut scene = if talking { Scene::talking(dice.yes()) } else { Scene::new(MeetingConfig::default()) };
    if !talking {
        scene.say(Input::Start);
    }
    (scene, Truth { wants_open: talking, server_open: talking, last_leg: 1, last_mutation: 1 })
}

/// Does to the scene what the world would do along with the input.
fn happen(scene: &mut Scene, truth: &mut Truth, input: Input) {
    // Without a socket nothing is heard.
    if scene.feeds.contains(&Feed::Me) || matches!(input, Input::Intent(_)) {
        learn(truth, &input, matches!(scene.stage(), Stage::Ended { .. }));
    }
    match &input {
        Input::Leg(id, LegEvent::Down(_)) => {
            scene.legs.remove(id);
        }
        Input::ControlDown(_) => scene.feeds.clear(),
        Input::FeedRefused(feed) => {
            scene.feeds.remove(feed);
        }
        _ => {}
    }
    scene.say(input);
    for output in &scene.asked {
        match output {
            Output::OpenLeg(id, _) => truth.last_leg = id.0,
            Output::Mutate(id, _) => truth.last_mutation = id.0,
            _ => {}
        }
    }
}

#[test]
fn whatever_comes_the_microphone_obeys_and_everything_stays_bounded() {
    let mut reached = Reached::default();
    for seed in 1..=SEEDS {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (mut scene, mut truth) = begin(&mut dice);
        for at in 0..INPUTS {
            scene.take_asked();
            scene.take_notices();
            let next = input(&mut dice, &scene, &truth);
            happen(&mut scene, &mut truth, next);
            check(&scene, &truth, seed, at);
            reached.note(&scene);
            let mut late = Window::default();
            for change in scene.core.snapshot() {
                late.take(change);
            }
            // Pages of people that were closed are no longer held, and only there do the two differ.
            late.pages.clone_from(&scene.window.pages);
            assert_eq!(late, scene.window, "seed {seed}, input {at}");
            if dice.roll(8) == 0 {
                scene.pass(Duration::from_millis(dice.roll(4_000)).as_secs_f64());
            }
            if matches!(scene.stage(), Stage::Ended { .. }) && dice.roll(20) == 0 {
                (scene, truth) = begin(&mut dice);
            }
        }
    }
    let least = u32::try_from(SEEDS).unwrap();
    let Reached { open_gate, camera_on, sharing, watching, lost, back, ended } = reached;
    for count in [open_gate, camera_on, sharing, watching, lost, back, ended] {
        assert!(count >= least, "too seldom somewhere interesting: {reached:?}");
    }
}
