//! A quick hash for tables of this process that every call looks into. It leaves the process
//! nowhere, and where two inputs meet in one hash, the tables here are slower and never wrong: what
//! must not collide is digested with BLAKE3.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes hashers of one seed, which no other process has.
#[derive(Debug, Clone)]
pub(crate) struct QuickHash {
    seed: u64,
}

/// Hashes a few short pieces.
pub(crate) struct QuickHasher(u64);

/// Odd, and with its bits spread out: the fraction of the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// The same for lengths.
const LENGTH: u64 = 0xC2B2_AE3D_27D4_EB4F;

impl Default for QuickHash {
    fn default() -> Self {
        Self {
            seed: RandomState::new().hash_one(()),
        }
    }
}

impl QuickHash {
    /// Hashers of this seed.
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self { seed }
    }
}

impl BuildHasher for QuickHash {
    type Hasher = QuickHasher;

    #[inline]
    fn build_hasher(&self) -> QuickHasher {
        QuickHasher(self.seed)
    }
}

impl QuickHasher {
    /// Multiplies to the full width and folds the halves, so that every bit has a say in every
    /// other.
    #[inline]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(SPREAD);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

impl Hasher for QuickHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        // The length tells bytes that end in zeros from those that end before them.
        self.0 = self
            .0
            .wrapping_add((bytes.len() as u64).wrapping_mul(LENGTH));
        if let Some(last) = bytes.last_chunk::<8>() {
            let (words, rest) = bytes.as_chunks::<8>();
            for word in words {
                self.mix(u64::from_le_bytes(*word));
            }
            if !rest.is_empty() {
                self.mix(u64::from_le_bytes(*last));
            }
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
            self.mix(first | last << 32);
        } else {
            // At most three: the first, the middle one and the last are all of them.
            let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
            let last = bytes.len().saturating_sub(1);
            self.mix(u64::from_le_bytes([
                byte(0),
                byte(last / 2),
                byte(last),
                0,
                0,
                0,
                0,
                0,
            ]));
        }
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.mix(byte.into());
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn similar_keys_spread_over_all_bits() {
        let hash = QuickHash::default();
        let hashes: HashSet<u64> = (0..100_000)
            .map(|id| hash.hash_one(format!("app::users:1:{id}").as_bytes()))
            .collect();
        assert_eq!(hashes.len(), 100_000);
        for bits in [|hash: u64| hash & 0xFFF, |hash: u64| hash >> 52] {
            let slots: HashSet<u64> = hashes.iter().copied().map(bits).collect();
            // 24 keys a slot: an empty one would be a wonder.
            assert_eq!(slots.len(), 4096);
        }
    }

    #[test]
    fn zeros_at_the_end_count() {
        let hash = QuickHash::default();
        let of = |bytes: &[u8]| {
            let mut hasher = hash.build_hasher();
            hasher.write(bytes);
            hasher.finish()
        };
        assert_ne!(of(b"a"), of(b"a\0"));
        assert_ne!(of(b""), of(&[0; 8]));
    }
}
