//! People, hands, and what a teacher may do.

use crate::scene::*;
use meeting::view::Notice;
use meeting::{Input, Intent, MutationRefusal};
use protocol::graphql::{Feed, FeedData, MeetingRow, Mutation, PoliciesRow, VoiceRow};
use protocol::ids::UserId;

fn show(scene: &mut Scene, from: u32, to: u32, search: &str) {
    scene.intent(Intent::ShowPeople { from, to, search: search.to_owned() });
}

fn pages(scene: &Scene) -> Vec<u32> {
    let page = |feed: &Feed| match feed {
        Feed::PeoplePage { page, .. } => Some(*page),
        _ => None,
    };
    scene.feeds.iter().filter_map(page).collect()
}

#[test]
fn only_the_pages_on_screen_are_open() {
    let mut scene = Scene::in_class(false);
    assert!(pages(&scene).is_empty());
    show(&mut scene, 0, 20, "");
    assert_eq!(pages(&scene), [0]);
    show(&mut scene, 40, 70, "");
    assert_eq!(pages(&scene), [0, 1]);
    show(&mut scene, 500, 540, "");
    assert_eq!(pages(&scene), [10]);
    show(&mut scene, 0, 1_000_000, "");
    assert_eq!(pages(&scene).len(), 6, "bounded whatever the window asks for");
    show(&mut scene, u32::MAX - 1, u32::MAX, "");
    show(&mut scene, 9, 3, "");
    assert!(pages(&scene).is_empty());
}

#[test]
fn a_search_is_another_list() {
    let mut scene = Scene::in_class(false);
    show(&mut scene, 0, 20, "");
    show(&mut scene, 0, 20, "ada\u{202E}");
    let open: Vec<_> = scene.feeds.iter().filter(|f| matches!(f, Feed::PeoplePage { .. })).cloned().collect();
    assert_eq!(open, [Feed::PeoplePage { page: 0, search: "ada".into() }]);
}

#[test]
fn a_thousand_people_cost_one_page_of_rows() {
    let mut scene = Scene::in_class(true);
    show(&mut scene, 0, 30, "");
    scene.feed(FeedData::PeopleCount(1_000));
    scene.feed(FeedData::PeoplePage { page: 0, rows: (0..1_000).map(|n| user(&format!("w_{n}"), n == 0)).collect() });
    assert_eq!(scene.window.people.total, 1_000);
    assert_eq!(scene.window.pages[&0].rows.len(), 50);
    assert!(scene.window.pages[&0].rows[0].presenter);
    scene.take_asked();
    let page = scene.window.pages[&0].rows.iter().map(|p| user(&p.user, p.presenter)).collect();
    scene.feed(FeedData::PeoplePage { page: 0, rows: page });
    assert!(scene.asked.is_empty(), "the same again is nothing new");
    scene.feed(FeedData::PeoplePage { page: 7, rows: vec![user("w_x", false)] });
    assert!(scene.asked.is_empty(), "nor is a page that is closed");
}

#[test]
fn a_burst_of_voices_of_a_thousand_people_ends_in_the_right_map() {
    let mut scene = Scene::in_class(false);
    let all = |muted: bool| (0..1_000).map(|n| voice_of(&format!("w_{n}"), "P", muted, !muted)).collect::<Vec<_>>();
    scene.feed(FeedData::Voice(all(false)));
    assert_eq!(scene.window.voices.len(), 1_000);
    scene.feed(FeedData::Voice(all(true)));
    assert!(scene.window.voices.is_empty());
    // Order inside a message counts: unmuted, then gone.
    scene.feed(FeedData::Voice(vec![voice_of("w_1", "P", false, true), left_voice("w_1", "m1")]));
    assert!(scene.window.voices.is_empty());
    scene.feed(FeedData::Voice(vec![VoiceRow::default()]));
    assert!(scene.window.voices.is_empty(), "a row of nobody is nobody");
}

#[test]
fn a_row_that_only_clears_keeps_the_name() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Voice(vec![voice_of("w_1", "Ada", false, true)]));
    scene.feed(FeedData::Voice(vec![voice_of("w_1", "", false, false)]));
    assert_eq!(scene.window.voices["w_1"].name, "Ada");
    assert!(!scene.window.voices["w_1"].talking);
}

#[test]
fn voices_of_the_socket_before_are_forgotten() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Voice(vec![voice_of("w_1", "Ada", false, true)]));
    scene.control_down().pass(1.1);
    scene.come_back(false);
    assert!(scene.window.voices.is_empty());
}

#[test]
fn my_hand_is_pending_until_the_list_has_it_and_knows_its_place() {
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::SetHand { up: true });
    assert_eq!(scene.last_mutation().1, Mutation::RaiseHand { user: UserId::new(ME), up: true });
    assert!(scene.window.me.hand_pending && scene.window.me.hand.is_none());
    scene.feed(FeedData::Hands(vec![hand("w_a"), hand("w_b")]));
    assert!(scene.window.me.hand_pending, "not mine");
    scene.feed(FeedData::Hands(vec![hand("w_a"), hand("w_b"), hand(ME)]));
    assert_eq!((scene.window.me.hand, scene.window.me.hand_pending), (Some(3), false));
    assert_eq!(scene.window.people.hands.len(), 3);
    scene.take_asked();
    scene.feed(FeedData::Hands(vec![]));
    assert_eq!(scene.window.me.hand, None, "lowered by the teacher");
    assert_eq!(scene.take_notices(), [Notice::HandLowered]);
    assert!(scene.mutations().is_empty(), "and left so");
}

#[test]
fn a_hand_that_is_refused_or_forgotten_is_told() {
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::SetHand { up: true });
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Err(MutationRefusal::Denied)));
    assert_eq!(scene.take_notices(), [Notice::ActionRefused]);
    scene.intent(Intent::SetHand { up: true }).pass(9.0);
    assert_eq!(scene.take_notices(), [Notice::ActionTooLate]);
    assert!(!scene.window.me.hand_pending);
}

#[test]
fn a_hand_raised_while_the_line_is_down_goes_up_when_it_is_back() {
    let mut scene = Scene::in_class(false);
    scene.control_down();
    scene.intent(Intent::SetHand { up: true });
    assert!(scene.window.me.hand_pending);
    scene.pass(1.1).come_back(false);
    scene.first_rows(false);
    assert!(scene.mutations().iter().any(|(_, m)| matches!(m, Mutation::RaiseHand { up: true, .. })));
}

#[test]
fn a_teacher_lowers_one_hand_or_all_and_a_pupil_only_the_own() {
    let mut scene = Scene::in_class(true);
    scene.feed(FeedData::Hands((0..300).map(|n| hand(&format!("w_{n}"))).collect()));
    scene.intent(Intent::LowerHand { user: "w_2".to_owned() });
    assert_eq!(scene.last_mutation().1, Mutation::RaiseHand { user: UserId::new("w_2"), up: false });
    scene.take_asked();
    scene.intent(Intent::LowerAllHands);
    assert_eq!(scene.mutations().len(), 200, "bounded; the rest follows with the next wish");

    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Hands(vec![hand("w_a"), hand(ME)]));
    scene.intent(Intent::LowerHand { user: "w_a".to_owned() }).intent(Intent::LowerAllHands);
    assert!(scene.mutations().is_empty());
    assert_eq!(scene.take_notices(), [Notice::ActionRefused, Notice::ActionRefused]);
    scene.intent(Intent::LowerHand { user: ME.to_owned() });
    assert_eq!(scene.mutations().len(), 1);
}

#[test]
fn muting_others_needs_the_role_and_the_policy_since_asking_without_them_ejects() {
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::Mute { user: "w_a".to_owned() }).intent(Intent::MuteAll);
    assert!(scene.mutations().is_empty());

    let mut scene = Scene::in_class(true);
    scene.intent(Intent::Mute { user: "w_a".to_owned() });
    assert_eq!(scene.last_mutation().1, Mutation::SetMuted { user: UserId::new("w_a"), muted: true });
    scene.feed(FeedData::Meeting(MeetingRow {
        users_policies: Some(PoliciesRow { moderators_can_mute_audio: Some(false), ..PoliciesRow::default() }),
        ..MeetingRow::default()
    }));
    assert!(!scene.window.me.may.mute_others);
    scene.take_asked();
    scene.intent(Intent::Mute { user: "w_a".to_owned() }).intent(Intent::MuteAll);
    assert!(scene.mutations().is_empty());
}

#[test]
fn what_the_server_refuses_or_forgets_is_told_once() {
    let mut scene = Scene::in_class(true);
    scene.intent(Intent::Mute { user: "w_a".to_owned() });
    let (id, _) = scene.last_mutation();
    scene.say(Input::Mutated(id, Err(MutationRefusal::Denied))).say(Input::Mutated(id, Err(MutationRefusal::Denied)));
    scene.pass(20.0);
    assert_eq!(scene.take_notices(), [Notice::ActionRefused]);
    scene.intent(Intent::Mute { user: "w_a".to_owned() }).pass(20.0);
    assert_eq!(scene.take_notices(), [Notice::ActionTooLate]);
}

#[test]
fn a_demoted_teacher_loses_what_a_teacher_may() {
    let mut scene = Scene::in_class(true);
    assert!(scene.window.me.may.end_class && scene.window.me.may.lower_hands);
    scene.feed(FeedData::Me(me_row(false, true)));
    assert!(!scene.window.me.may.end_class && !scene.window.me.may.lower_hands);
}

#[test]
fn who_is_suspected_of_sleeping_shows_a_sign_of_life() {
    let mut asleep = me_full(false, false);
    asleep.inactivity_warning_display = Some(true);
    let mut scene = Scene::in_class(false);
    scene.intent(Intent::SawChat).feed(FeedData::MeFull(asleep.clone()));
    assert_eq!(scene.last_mutation().1, Mutation::ActivitySign);

    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::MeFull(asleep));
    assert!(scene.mutations().is_empty(), "nobody has done anything");
    scene.intent(Intent::SetHand { up: true });
    assert!(scene.mutations().iter().any(|(_, m)| *m == Mutation::ActivitySign));
}

#[test]
fn ids_and_names_of_absurd_length_are_not_kept() {
    let mut scene = Scene::in_class(true);
    let long = "w".repeat(1 << 20);
    show(&mut scene, 0, 20, "");
    scene.feed(FeedData::PeoplePage { page: 0, rows: vec![user(&long, false)] });
    scene.feed(FeedData::Hands(vec![hand(&long)]));
    scene.feed(FeedData::Voice(vec![voice_of(&long, &long, false, true), voice_of("w_a", &long, false, true)]));
    scene.feed(FeedData::Cameras(vec![camera(&long, "w_a"), camera("w_a_r_c", &long)]));
    scene.feed(FeedData::ChatStream(vec![message(1, &long, &long)]));
    assert!(scene.window.pages[&0].rows.is_empty() && scene.window.people.hands.is_empty());
    assert_eq!(scene.window.voices["w_a"].name.len(), 200);
    assert_eq!(scene.window.faces.len(), 1);
    assert_eq!(scene.window.chat["m1"].text.len(), 20_000);
    assert!(format!("{:?}", scene.core.snapshot()).len() < 60_000);
}

#[test]
fn a_hand_i_lower_myself_goes_down_without_a_word() {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::Hands(vec![hand(ME)]));
    scene.intent(Intent::SetHand { up: false }).feed(FeedData::Hands(vec![]));
    assert!(scene.take_notices().is_empty());
}
