//! `cargo xtask limits`: the long searches about rate limits, with optimization.

use std::process::Command;

use crate::redis_server::{self, RedisServer};
use crate::step::{self, Failure, say};

const HELP: &str = "\
Search for a schedule that lets more pass than a rate limit's documentation says, and for a decision that Redis and the
embedded server make differently.

Usage: cargo xtask limits [SCHEDULES [DECISIONS]]

Without numbers 10,000,000 schedules are searched, on every processor, and 1,000,000 decisions compared. A schedule that
fails is printed with its seed; LARDER_RATE_SEED=<SEED> cargo test --test rate bounds plays it alone.

Examples:
  cargo xtask limits
  cargo xtask limits 100000 10000
";

const SCHEDULES: u64 = 10_000_000;
const DECISIONS: u64 = 1_000_000;

/// Runs the command with the words that follow its name.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        [] => search(SCHEDULES, DECISIONS),
        [schedules] => search(count(schedules)?, DECISIONS),
        [schedules, decisions] => search(count(schedules)?, count(decisions)?),
        _ => Err(Failure::Usage("`limits` takes two numbers".to_owned())),
    }
}

fn search(schedules: u64, decisions: u64) -> Result<(), Failure> {
    let server = redis_server::find_or_install()?;
    let schedules = ("LARDER_RATE_SCHEDULES", schedules);
    let decisions = ("LARDER_RATE_DECISIONS", decisions);
    step::run(&mut cargo_test(&server, "bounds::", schedules))?;
    step::run(&mut cargo_test(&server, "agreement::", decisions))?;
    say("no schedule went beyond a bound, and both servers decided alike");
    Ok(())
}

fn count(word: &str) -> Result<u64, Failure> {
    let wrong = || Failure::Usage(format!("`{word}` is no number of schedules or decisions"));
    match word.replace('_', "").parse() {
        Ok(0) | Err(_) => Err(wrong()),
        Ok(count) => Ok(count),
    }
}

fn cargo_test(server: &RedisServer, test: &str, (variable, count): (&str, u64)) -> Command {
    // Set by cargo for what it runs; the same cargo then builds the tests.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--release", "--all-features", "--test", "rate"])
        .args(["--", "--nocapture", test])
        .env(redis_server::VARIABLE, server.binary())
        .env(variable, count.to_string());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counts() {
        assert!(matches!(count("10_000_000"), Ok(SCHEDULES)));
        for wrong in ["", "0", "-1", "ten"] {
            assert!(matches!(count(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
