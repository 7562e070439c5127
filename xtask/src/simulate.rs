//! `cargo xtask simulate`: many schedules of a simulated fleet, with optimization.

use std::process::Command;

use crate::step::{self, Failure, say};

const HELP: &str = "\
Run schedules of a simulated fleet, which must break no rule.

Usage: cargo xtask simulate [START..END]
       cargo xtask simulate --locks [START..END]
       cargo xtask simulate --quorum [START..END]
       cargo xtask simulate --mistakes

Without seeds the first 1,000,000 are run, in some minutes. A seed that breaks a rule is printed with its history and
with the command that runs it again. With `--locks` locks are simulated instead of the cache, with
`--quorum` those that several servers keep. With `--mistakes` the planted mistakes are run instead, to see after how many
seeds each is found.

Examples:
  cargo xtask simulate
  cargo xtask simulate 1000000..2000000

docs/reliability.md says what is simulated and what it cannot show.
";

/// The seeds that are run unless others are asked for.
const SEEDS: &str = "0..1000000";

/// What is simulated.
struct Part {
    target: &'static str,
    test: &'static str,
    /// What the test reads the seeds from.
    variable: &'static str,
}

const CACHE: Part = Part {
    target: "simulation",
    test: "no_schedule_breaks_a_rule",
    variable: "LARDER_SIMULATION_SEEDS",
};

const LOCKS: Part = Part {
    target: "lock",
    test: "no_two_critical_sections_overlap_in_any_schedule",
    variable: "LARDER_LOCK_SEEDS",
};

const QUORUM: Part = Part {
    target: "lock",
    test: "no_two_critical_sections_overlap_while_a_majority_of_the_servers_remembers",
    variable: "LARDER_QUORUM_SEEDS",
};

/// Runs the command with the words that follow its name.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        ["--mistakes"] => {
            step::run(cargo_test(CACHE.target, "how_many_seeds_it_takes").arg("--ignored"))
        }
        [] => simulate(&CACHE, SEEDS),
        [seeds] if is_range(seeds) => simulate(&CACHE, seeds),
        ["--locks"] => simulate(&LOCKS, SEEDS),
        ["--locks", seeds] if is_range(seeds) => simulate(&LOCKS, seeds),
        ["--quorum"] => simulate(&QUORUM, SEEDS),
        ["--quorum", seeds] if is_range(seeds) => simulate(&QUORUM, seeds),
        _ => {
            let message = format!("`simulate` takes seeds like {SEEDS}");
            Err(Failure::Usage(message))
        }
    }
}

fn simulate(part: &Part, seeds: &str) -> Result<(), Failure> {
    step::run(cargo_test(part.target, part.test).env(part.variable, seeds))?;
    say("no schedule broke a rule");
    Ok(())
}

fn is_range(seeds: &str) -> bool {
    let numbers = seeds
        .split_once("..")
        .and_then(|(from, to)| Some((from.parse::<u64>().ok()?, to.parse::<u64>().ok()?)));
    numbers.is_some_and(|(from, to)| from < to)
}

fn cargo_test(target: &str, test: &str) -> Command {
    // Set by cargo for what it runs; the same cargo then builds the tests.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--release", "--all-features", "--test", target]);
    command.args(["--", "--nocapture", test]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_range() {
        assert!(is_range(SEEDS));
        for wrong in ["7", "7..", "..7", "7..7", "a..b"] {
            let Err(Failure::Usage(message)) = run(&[wrong.to_owned()]) else {
                panic!("{wrong} was taken");
            };
            assert!(message.contains(SEEDS), "{message}");
        }
    }
}
