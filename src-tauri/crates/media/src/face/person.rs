//! Who is drawn: everything about a person that a seed decides.

use super::raster::Colour;

/// Small numbers from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Between `low` and `high`.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hair {
    Crop,
    LongParted,
    Curls,
    Fringe,
    Swept,
    Bun,
    Afro,
    Bob,
    Buzz,
    Ponytail,
    Braids,
}

const HAIR: [Hair; 11] = [
    Hair::Crop,
    Hair::LongParted,
    Hair::Curls,
    Hair::Fringe,
    Hair::Swept,
    Hair::Bun,
    Hair::Afro,
    Hair::Bob,
    Hair::Buzz,
    Hair::Ponytail,
    Hair::Braids,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decor {
    Window,
    Shelf,
    Poster,
    Plant,
    Lamp,
    Curtain,
    Plain,
}

const DECOR: [Decor; 7] =
    [Decor::Window, Decor::Shelf, Decor::Poster, Decor::Plant, Decor::Plain, Decor::Lamp, Decor::Curtain];

const SKINS: [u32; 6] = [0xf6d3b9, 0xd79b6c, 0x6f4429, 0xe9b990, 0x915a36, 0xb97a4c];
const HAIRS: [u32; 8] = [0x4a2c1f, 0x25211f, 0x8f3f24, 0x7f5231, 0x1d1d20, 0xd8b065, 0x39251c, 0xb98540];
const SHIRTS: [u32; 11] =
    [0xc9573f, 0xe2ae55, 0x34566f, 0xb4627c, 0x476f86, 0x9c4a4c, 0xe09a53, 0x5d7f5f, 0x77508a, 0x3f7f74, 0x4f79ad];
/// Light and dark end of the wall.
const WALLS: [(u32, u32); 8] = [
    (0xcad9e3, 0xa3b7c6),
    (0xe9d3c9, 0xcfa898),
    (0xe6dccb, 0xcbbb9f),
    (0xcfe5dc, 0x9fc7bb),
    (0xf0e5bd, 0xd9c386),
    (0xd5dcc6, 0xa9bd97),
    (0xdcd4e6, 0xb4a6cb),
    (0xc2c7cf, 0x8d96a3),
];

/// One person and where they sit.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub skin: Colour,
    pub hair: Colour,
    pub style: Hair,
    pub shirt: Colour,
    pub wall: (Colour, Colour),
    pub decor: Decor,
    pub glasses: bool,
    pub headset: bool,
    /// The room is mirrored and the parting on the other side.
    pub mirrored: bool,
    /// Size of the head beside the usual one.
    pub size: f32,
    /// Where the head is beside the middle, in picture heights.
    pub aside: f32,
    /// How much the resting mouth smiles, 0.3 to 1.
    pub smile: f32,
    /// Seconds from one blink to the next.
    pub blink_every: f32,
    /// Where in their movements this person begins, in radians.
    pub phase: f32,
}

impl Person {
    pub(super) fn new(seed: u64) -> Self {
        // Where the steps have no common factor with the length of a list, neighbours differ in everything at once.
        let pick = |step: u64, start: u64, length: usize| {
            (seed.wrapping_mul(step).wrapping_add(start) % length as u64) as usize
        };
        let mut dice = Dice::new(seed);
        let skin = pick(1, 0, SKINS.len());
        let style = HAIR[pick(1, 0, HAIR.len())];
        let dark = skin == 2 || skin == 4;
        let style = match style {
            Hair::Afro | Hair::Curls | Hair::Buzz | Hair::Bun | Hair::Braids | Hair::Crop => style,
            // Straight hair on the darkest skins is rarer than its place in the list.
            other if dark && dice.below(2) == 0 => {
                if other == Hair::Swept {
                    Hair::Buzz
                } else {
                    Hair::Braids
                }
            }
            other => other,
        };
        let hair = match (dark, style) {
            (_, Hair::Afro) => 0x1d1d20,
            (true, _) => [0x25211f, 0x1d1d20, 0x39251c][dice.below(3) as usize],
            _ if skin == 1 || skin == 5 => [0x4a2c1f, 0x25211f, 0x39251c, 0x6b3d24][dice.below(4) as usize],
            _ => HAIRS[pick(3, 0, HAIRS.len())],
        };
        let skin = if style == Hair::Afro && !dark { SKINS[2] } else { SKINS[skin] };
        let wall = WALLS[pick(3, 0, WALLS.len())];
        let glasses = seed % 5 == 3 || dice.below(9) == 0;
        Self {
            skin: Colour::rgb(skin),
            hair: Colour::rgb(hair),
            style,
            shirt: Colour::rgb(SHIRTS[pick(1, 0, SHIRTS.len())]),
            wall: (Colour::rgb(wall.0), Colour::rgb(wall.1)),
            decor: DECOR[pick(1, 0, DECOR.len())],
            glasses,
            headset: !glasses && style != Hair::Afro && style != Hair::Bun && dice.below(5) == 0,
            mirrored: dice.below(2) == 0,
            size: dice.between(0.92, 1.1),
            aside: dice.between(-0.05, 0.05),
            smile: dice.between(0.45, 1.0),
            blink_every: dice.between(2.6, 5.2),
            phase: dice.between(0.0, std::f32::consts::TAU),
        }
    }
}
