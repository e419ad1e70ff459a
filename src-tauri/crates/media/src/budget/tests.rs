use super::*;

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn camera(profile_kbps: u32) -> Option<Camera> {
    Some(Camera { profile_kbps, crowd_kbps: None, estimate_kbps: None })
}

fn screen(limit_kbps: u32) -> Option<Screen> {
    Some(Screen { limit_kbps, estimate_kbps: None })
}

/// The first decision for a demand.
fn first(demand: Demand) -> Allocation {
    Budget::new().decide(at(0), &demand)
}

fn reasons(allocation: &Allocation) -> Vec<(Share, u32, Reason)> {
    allocation.lines.iter().map(|line| (line.share, line.kbps, line.reason)).collect()
}

#[test]
fn the_servers_rule_bounds_the_camera_and_never_lifts_it() {
    for (profile_kbps, crowd_kbps, kbps, reason) in [
        (200, None, 200, Reason::Wanted),
        (200, Some(500), 200, Reason::Wanted),
        (200, Some(100), 100, Reason::Crowd),
        (200, Some(30), 30, Reason::Crowd),
        (20, None, 20, Reason::Wanted),
        (200, Some(20), 20, Reason::Crowd),
    ] {
        let camera = Some(Camera { profile_kbps, crowd_kbps, estimate_kbps: None });
        assert_eq!(reasons(&first(Demand { camera, ..Demand::default() })), [(Share::Camera, kbps, reason)]);
    }
}

#[test]
fn with_room_everybody_gets_what_they_want() {
    let demand = Demand { audio: true, screen: screen(5000), camera: camera(500), ..Demand::default() };
    assert_eq!(
        reasons(&first(demand)),
        [
            (Share::Audio, 30, Reason::Wanted),
            (Share::Screen, 1500, Reason::Wanted),
            (Share::Camera, 500, Reason::Wanted)
        ]
    );
    assert_eq!(first(Demand::default()), Allocation { audio_loss_percent: 10, ..Allocation::default() });
}

#[test]
fn audio_goes_before_the_screen_and_the_screen_before_the_camera() {
    let all = Demand { audio: true, screen: screen(1500), camera: camera(200), ..Demand::default() };
    for (kbps, audio, screen, camera) in [
        (2000, 30, 1500, 200),
        (1700, 30, 1500, 146),
        (1000, 30, 916, 30),
        (500, 30, 416, 30),
        (300, 30, 246, 0),
        (120, 30, 66, 0),
        (100, 30, 0, 46),
        (60, 30, 0, 0),
        (40, 20, 0, 0),
        (0, 20, 0, 0),
    ] {
        let got = first(Demand { link: Link { kbps: Some(kbps), ..Link::default() }, ..all });
        assert_eq!(
            (got.audio_kbps, got.screen_kbps, got.camera_kbps),
            (Some(audio), Some(screen), Some(camera)),
            "{kbps} kbit/s"
        );
    }
}

#[test]
fn estimates_of_the_legs_count_when_the_link_is_unknown() {
    let demand = |screen_estimate, camera_estimate| Demand {
        audio: true,
        screen: Some(Screen { limit_kbps: 1500, estimate_kbps: screen_estimate }),
        camera: Some(Camera { profile_kbps: 200, crowd_kbps: None, estimate_kbps: camera_estimate }),
        ..Demand::default()
    };
    let got = first(demand(Some(400), Some(200)));
    assert_eq!((got.audio_kbps, got.screen_kbps, got.camera_kbps), (Some(30), Some(570), Some(30)));
    let got = first(demand(Some(400), None));
    assert_eq!((got.screen_kbps, got.camera_kbps), (Some(1500), Some(200)));
}

#[test]
fn less_for_the_link_counts_at_once_and_more_must_last() {
    let demand = |kbps| Demand {
        audio: true,
        camera: camera(500),
        link: Link { kbps: Some(kbps), ..Link::default() },
        ..Demand::default()
    };
    let mut budget = Budget::new();
    let mut given = |millis, kbps| budget.decide(at(millis), &demand(kbps)).camera_kbps.unwrap();
    assert_eq!(given(0, 1000), 500);
    assert_eq!(given(100, 300), 246);
    // A tenth less is noise; a tenth more as well, unless it lasts.
    assert_eq!(given(200, 290), 246);
    assert_eq!(given(300, 1000), 246);
    assert_eq!(given(1300, 500), 246);
    assert_eq!(given(2700, 1000), 246);
    // The least there was meanwhile, then the rest.
    assert_eq!(given(2800, 1000), 446);
    assert_eq!(given(2900, 1000), 446);
    assert_eq!(given(5400, 1000), 500);
    // One bad second forgets the wait.
    assert_eq!(given(5500, 200), 146);
    assert_eq!(given(6000, 1000), 146);
    assert_eq!(given(7000, 200), 146);
    assert_eq!(given(8000, 1000), 146);
    assert_eq!(given(10_400, 1000), 146);
    assert_eq!(given(10_500, 1000), 500);
}

#[test]
fn faces_that_come_and_go_do_not_make_the_camera_flicker() {
    let mut budget = Budget::new();
    let demand = |crowd_kbps| Demand {
        camera: Some(Camera { profile_kbps: 200, crowd_kbps, estimate_kbps: None }),
        ..Demand::default()
    };
    for step in 0..40_u64 {
        let crowd = (step % 2 == 1).then_some(100);
        assert_eq!(budget.decide(at(step * 1000), &demand(crowd)).camera_kbps, Some(200));
    }
    assert_eq!(budget.decide(at(40_000), &demand(Some(100))).camera_kbps, Some(200));
    let settled = budget.decide(at(42_600), &demand(Some(100)));
    assert_eq!(reasons(&settled), [(Share::Camera, 100, Reason::Crowd)]);
}

#[test]
fn what_was_paused_comes_back_with_room_to_spare() {
    let mut budget = Budget::new();
    let mut given = |millis, kbps| {
        let link = Link { kbps: Some(kbps), ..Link::default() };
        budget.decide(at(millis), &Demand { audio: true, camera: camera(200), link, ..Demand::default() })
    };
    assert_eq!(given(0, 70).lines[1], Line { share: Share::Camera, kbps: 0, reason: Reason::Paused });
    assert_eq!(given(5000, 90).camera_kbps, Some(0));
    assert_eq!(given(10_000, 120).camera_kbps, Some(0));
    assert_eq!(given(12_500, 120).lines[1], Line { share: Share::Camera, kbps: 66, reason: Reason::Link });
}

#[test]
fn a_paused_camera_comes_back_beside_a_screen_that_could_use_it_all() {
    for crowd_kbps in [None, Some(30)] {
        let mut budget = Budget::new();
        let mut given = |millis, kbps| {
            let link = Link { kbps: Some(kbps), ..Link::default() };
            let camera = Some(Camera { profile_kbps: 200, crowd_kbps, estimate_kbps: None });
            let demand = Demand { audio: true, camera, screen: screen(1500), link, ..Demand::default() };
            budget.decide(at(millis), &demand).camera_kbps
        };
        assert_eq!(given(0, 200), Some(0));
        assert_eq!(given(5000, 900), Some(0));
        let back = given(7500, 900);
        assert!(back >= Some(30), "{crowd_kbps:?}: {back:?}");
    }
}

#[test]
fn loss_and_load_lower_step_by_step_and_recover() {
    let mut budget = Budget::new();
    let mut run = |from: u64, to: u64, loss: f32, load: f32| {
        let link = Link { loss: Some(loss), ..Link::default() };
        let demand = Demand { camera: camera(200), link, encoder_load: Some(load), ..Demand::default() };
        (from..to).map(|second| budget.decide(at(second * 1000), &demand)).last().unwrap()
    };
    assert_eq!(run(0, 5, 0.0, 0.2).camera_kbps, Some(200));
    let lossy = run(5, 20, 0.2, 0.2);
    assert_eq!(lossy.lines[0].reason, Reason::Loss);
    assert!((30..36).contains(&lossy.lines[0].kbps), "{lossy:?}");
    assert_eq!(lossy.audio_loss_percent, 30);
    let better = run(20, 80, 0.0, 0.2);
    assert_eq!(reasons(&better), [(Share::Camera, 200, Reason::Wanted)]);
    assert_eq!(better.audio_loss_percent, 5);
    let hot = run(80, 84, 0.0, 0.99);
    assert_eq!(hot.lines[0].reason, Reason::Load);
    assert!(hot.camera_kbps < Some(110), "{hot:?}");
}

#[test]
fn nonsense_figures_change_nothing() {
    for nonsense in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let link = Link { kbps: None, loss: Some(nonsense), rtt: Some(Duration::MAX) };
        let demand = Demand { audio: true, camera: camera(u32::MAX), link, ..Demand::default() };
        assert_eq!(first(demand).camera_kbps, Some(u32::MAX));
        let estimate_kbps = Some(u32::MAX);
        let camera = Some(Camera { profile_kbps: 200, crowd_kbps: None, estimate_kbps });
        let screen = Some(Screen { limit_kbps: u32::MAX, estimate_kbps });
        assert_eq!(first(Demand { camera, screen, audio: true, ..demand }).screen_kbps, Some(1500));
    }
}
