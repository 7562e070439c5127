//! What is made up by chance, tried until it shows a difference, which is then made as short as
//! possible.
//!
//! `LARDER_SEED` runs the seed of a failure again, `LARDER_CASES` sets how many cases are tried.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Tries so many cases, unless another number is asked for.
pub(crate) fn try_by_chance<S: Strategy>(
    cases: u32,
    strategy: &S,
    attempt: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config {
        cases: setting("LARDER_CASES").unwrap_or(cases),
        failure_persistence: None,
        ..Config::default()
    };
    match TestRunner::new_with_rng(config, random).run(strategy, attempt) {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => panic!("LARDER_SEED={seed}\n{reason}"),
        Err(TestError::Abort(reason)) => panic!("LARDER_SEED={seed}: {reason}"),
    }
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// A different seed at every run, unless one is asked for.
fn seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    setting("LARDER_SEED").unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish())
}
