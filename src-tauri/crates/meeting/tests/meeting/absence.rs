//! What was written while I was away is marked.

use crate::scene::*;
use meeting::Intent;
use meeting::view::Away;
use protocol::graphql::FeedData;

/// In class with three messages known, written at 1, 2 and 3 s.
fn in_class() -> Scene {
    let mut scene = Scene::in_class(false);
    scene.feed(FeedData::ChatStream((1..4).map(|n| message(n, "w_a", "x")).collect()));
    scene.pass(20.0);
    scene
}

fn away(scene: &Scene) -> Vec<(f64, u32)> {
    scene.window.away.iter().map(|away| (away.from - MORNING, away.seconds)).collect()
}

#[test]
fn nobody_who_stayed_was_away() {
    assert!(in_class().window.away.is_empty());
}

#[test]
fn a_reconnect_marks_what_came_after_the_newest_message_known() {
    let mut scene = in_class();
    scene.control_down().pass(40.0);
    assert!(scene.window.away.is_empty(), "it lasts");
    scene.come_back(false);
    // The socket may have been dead for a while: not the time it was noticed counts, but what was missed.
    assert_eq!(scene.window.away, [Away { from: MORNING + 3_001.0, until: scene.wall, seconds: 40 }]);
}

#[test]
fn the_end_of_an_absence_is_told_by_the_servers_clock() {
    let mut scene = in_class();
    scene.feed(FeedData::ServerTime(scene.wall + 90_000.0));
    scene.control_down().pass(5.0);
    scene.come_back(false);
    assert_eq!(scene.window.away[0].until, scene.wall + 90_000.0);
}

#[test]
fn away_again_before_anything_was_read_is_one_absence() {
    let mut scene = in_class();
    for _ in 0..2 {
        scene.control_down().pass(5.0);
        scene.come_back(false);
    }
    assert_eq!(away(&scene), [(3_001.0, 10)]);
    scene.feed(FeedData::ChatStream(vec![message(60, "w_a", "y")]));
    scene.control_down().pass(5.0);
    scene.come_back(false);
    assert_eq!(away(&scene), [(3_001.0, 10), (60_001.0, 5)]);
}

#[test]
fn without_any_message_the_absence_starts_when_it_was_noticed() {
    let mut scene = Scene::in_class(false);
    let noticed = scene.wall;
    scene.control_down().pass(5.0);
    scene.come_back(false);
    assert_eq!(scene.window.away[0].from, noticed);
}

#[test]
fn who_enters_again_after_the_end_finds_the_mark() {
    let mut scene = in_class();
    scene.refused("duplicate_user_in_meeting_eject_reason");
    scene.pass(60.0).intent(Intent::Rejoin);
    scene.enter_again(false);
    assert_eq!(away(&scene), [(3_001.0, 60)]);
}

#[test]
fn absences_are_bounded() {
    let mut scene = in_class();
    for n in 0..40 {
        scene.feed(FeedData::ChatStream(vec![message(100 + n, "w_a", "y")]));
        scene.control_down().pass(5.0);
        scene.come_back(false).pass(20.0);
    }
    assert_eq!(scene.window.away.len(), 16);
}
