//! The row of random numbers that Redis gives its scripts: the same for every server that was just
//! started, on every machine.

use std::sync::atomic::{AtomicU64, Ordering};

/// A 48-bit linear congruential generator, as `drand48` is one.
#[derive(Debug)]
pub(super) struct Row(AtomicU64);

const MULTIPLIER: u64 = 0x0005_DEEC_E66D;
const INCREMENT: u64 = 0xB;
const MASK: u64 = (1 << 48) - 1;
const LOWEST_BITS: u64 = 0x330E;
const FIRST: u64 = 0x1234_ABCD_330E;

impl Row {
    /// The row that a server begins with.
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(FIRST))
    }

    /// Begins the row of this seed.
    pub(super) fn seed(&self, seed: i32) {
        let high_bits = u64::from(seed.cast_unsigned()) << 16;
        self.0.store(high_bits | LOWEST_BITS, Ordering::Relaxed);
    }

    /// The next number of the row, from zero to one.
    pub(super) fn next(&self) -> f64 {
        let state = self.0.load(Ordering::Relaxed);
        let state = state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & MASK;
        self.0.store(state, Ordering::Relaxed);
        let largest = i32::MAX.unsigned_abs();
        let drawn = u32::try_from(state >> 17).unwrap_or(0) % largest;
        f64::from(drawn) / f64::from(largest)
    }
}
