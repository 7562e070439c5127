//! The rules can be broken: planted mistakes are found.

use larder::testing::simulation::{Mutant, Simulation};

/// Within so many seeds each mistake must be found. It takes most far fewer.
const SEEDS: u64 = 2_000;

/// Whether one of the rules that may find the mistake does.
fn is_found(mutant: Mutant, rules: &[&str], seed: u64) -> bool {
    let report = Simulation::seeded(seed).mutant(mutant).run();
    let mut violations = report.violations().iter();
    violations.any(|violation| rules.contains(&violation.rule()))
}

fn finds(mutant: Mutant) {
    let (_, rules) = Mutant::ALL
        .into_iter()
        .find(|(known, _)| *known == mutant)
        .expect("it is in the list");
    let found = (0..SEEDS).find(|seed| is_found(mutant, rules, *seed));
    let Some(seed) = found else {
        panic!("{rules:?} did not find {mutant:?} within {SEEDS} seeds");
    };
    let report = Simulation::seeded(seed).run();
    assert!(report.is_sound(), "the same seed without it: {report}");
}

/// A test of each mistake, and one that none is left out.
macro_rules! mutants {
    ($($name:ident: $mutant:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                finds(Mutant::$mutant);
            }
        )+

        #[test]
        fn every_mistake_has_a_test() {
            let tested = [$(Mutant::$mutant),+];
            for (mutant, _) in Mutant::ALL {
                assert!(tested.contains(&mutant), "{mutant:?} is not tested");
            }
        }
    };
}

mutants!(
    a_fill_without_its_lease_is_found: FillWithoutLease,
    a_value_without_an_end_is_found: FillWithoutEnd,
    a_value_that_lives_too_long_is_found: FillForTooLong,
    a_fill_over_anything_is_found: FillOverAnything,
    a_lease_without_an_end_is_found: LeaseWithoutEnd,
    a_lease_given_to_everybody_is_found: AcquireOverwrites,
    a_release_of_anothers_lease_is_found: ReleaseRemovesAnything,
    a_lease_that_is_never_given_back_is_found: ReleaseForgets,
    an_extension_that_revives_a_lease_is_found: ExtendRevives,
    a_refresh_without_compare_is_found: RefreshWithoutCompare,
    an_invalidation_that_does_nothing_is_found: InvalidateNothing,
    an_invalidation_that_leaves_leases_is_found: InvalidateLeavesLeases,
    a_later_caller_that_joins_is_found: InvalidateLetsJoin,
    a_clear_that_takes_others_is_found: ClearTakesOthers,
    waiters_that_nobody_wakes_are_found: NobodyIsTold,
    a_copy_kept_without_a_mark_is_found: NoFillingMark,
    copies_of_a_lost_connection_are_found: GenerationIgnored,
    copies_that_nobody_vouches_for_are_found: CanaryIgnored,
    an_index_that_is_written_after_the_fill_is_found: IndexWrittenAfterFill,
    an_index_that_leaves_loads_is_found: IndexLeavesLoads,
    an_index_that_forgets_members_is_found: IndexForgetsMembers,
    an_index_that_keeps_members_is_found: IndexKeepsMembers,
    a_list_without_an_end_is_found: IndexWithoutEnd,
    a_tag_that_is_read_after_the_load_is_found: TagReadAfterLoad,
    a_tag_whose_version_comes_again_is_found: TagVersionRepeats,
    a_tag_without_an_end_is_found: TagWithoutEnd,
);

/// How many seeds it takes. For `docs/reliability.md`.
#[test]
#[ignore = "takes minutes: `cargo xtask simulate --mistakes`"]
fn how_many_seeds_it_takes() {
    println!("| mistake | found by | of 2,000 seeds | first | median |");
    println!("|---|---|---|---|---|");
    for (mutant, rules) in Mutant::ALL {
        let found: Vec<u64> = (0..SEEDS)
            .filter(|seed| is_found(mutant, rules, *seed))
            .collect();
        let from = [0].into_iter().chain(found.iter().map(|seed| seed + 1));
        let mut gaps: Vec<u64> = from
            .zip(&found)
            .map(|(from, seed)| seed + 1 - from)
            .collect();
        gaps.sort_unstable();
        let median = gaps.get(gaps.len() / 2).copied().unwrap_or_default();
        let first = found.first().copied().unwrap_or_default();
        println!(
            "| {mutant:?} | {} | {} | {first} | {median} |",
            rules.join(", "),
            found.len()
        );
    }
}
