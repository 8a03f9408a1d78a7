//! Numbers by chance that can be had again from their seed.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A simple generator of random numbers.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From `CASEMATE_CRASH_SEED`, else by chance. The seed is printed.
    pub fn from_environment(what: &str) -> Chance {
        let given = std::env::var("CASEMATE_CRASH_SEED").ok();
        let seed = given.map_or_else(
            || RandomState::new().build_hasher().finish(),
            |text| text.parse().expect("CASEMATE_CRASH_SEED is a number"),
        );
        println!("{what}: CASEMATE_CRASH_SEED={seed}");
        Chance::new(seed)
    }

    /// From a seed. Numbers of near seeds are as different as of far ones.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of some things.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len() as u64) as usize]
    }
}

/// How many rounds a test makes: `CASEMATE_CRASH_ROUNDS`, else what it makes by itself.
pub fn rounds(usually: u64) -> u64 {
    let given = std::env::var("CASEMATE_CRASH_ROUNDS").ok();
    given.map_or(usually, |text| text.parse().expect("CASEMATE_CRASH_ROUNDS is a number"))
}
