//! The simulation itself: that it can be repeated.

use super::*;

#[test]
fn a_seed_makes_the_same_happen_every_time() {
    for seed in 0..60 {
        let written = move || Simulation::seeded(seed).traffic().run().to_string();
        let here = written();
        let elsewhere = std::thread::spawn(written).join();
        assert_eq!(here, elsewhere.expect("the same"), "seed {seed}");
    }
}
