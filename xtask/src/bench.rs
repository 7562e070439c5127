//! `cargo xtask bench`: Larder beside its peers.

// The list itself belongs to the benches, which are a workspace of their own.
#[path = "../../benches/src/catalogue.rs"]
mod catalogue;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::redis_server::{self, RedisServer};
use crate::step::Failure;

const HELP: &str = "\
Measure Larder beside its peers, in one run, and print a table and one line of JSON a row.

Usage: cargo xtask bench [ID…]
       cargo xtask bench --list

Without an ID every scenario runs, for about ten minutes in all once built; each alone takes less than a minute.
The first time, the benches and their peers are built, with optimization, which takes some minutes.

Progress goes to stderr. A line of JSON looks like this; `ratio` is ours / peer, `peer` and `ratio` are null where
the peer has no figure, such as the time of a call that never succeeds:
  {\"scenario\":\"cold_key\",\"ours\":1.0,\"peer\":1000.0,\"peer_name\":\"cached 4.1.0\",\"unit\":\"loads\",\"ratio\":0.001}

Exit codes: 0 everything was measured (a missed target is said in the table), 1 a scenario could not be run,
2 the command line was wrong.

Environment:
  REDIS_SERVER   the server's binary, such as /opt/valkey/bin/valkey-server; the benches start their own servers

docs/performance.md says what is measured and how, and what it came to.
";

/// Runs the command with the words that follow its name.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let names = match arguments {
        [flag] if flag == "--list" => {
            print!("{}", list());
            return Ok(());
        }
        [flag] if flag == "--help" || flag == "-h" => {
            print!("{HELP}");
            return Ok(());
        }
        names => names,
    };
    // Before anything is built: a slip of the pen should not cost minutes.
    catalogue::find(names).map_err(|message| {
        Failure::Usage(format!("{message}; `cargo xtask bench --list` lists them"))
    })?;
    let server = redis_server::find_or_install()?;
    measure(&server, names)
}

/// One line a scenario.
fn list() -> String {
    let width = catalogue::SCENARIOS
        .iter()
        .map(|listed| listed.id.len())
        .max();
    let width = width.unwrap_or_default();
    let lines = catalogue::SCENARIOS
        .iter()
        .map(|listed| format!("{:width$}  {}\n", listed.id, listed.about));
    lines.collect()
}

fn measure(server: &RedisServer, names: &[String]) -> Result<(), Failure> {
    eprintln!("xtask: building the benches, with optimization");
    let mut command = cargo_run(server, names);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Step(format!("the benches failed: {status}"))),
        Err(error) => Err(Failure::Step(format!("cargo did not start: {error}"))),
    }
}

fn cargo_run(server: &RedisServer, names: &[String]) -> Command {
    // Set by cargo for what it runs; the same cargo then builds the benches.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["run", "--release", "--locked", "--manifest-path"])
        .arg(manifest())
        .arg("--")
        .args(names)
        .env(redis_server::VARIABLE, server.binary());
    command
}

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/Cargo.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scenario_is_a_wrong_command_line_that_names_the_nearest() {
        let Err(Failure::Usage(message)) = run(&["cold_kye".to_owned()]) else {
            panic!("it was taken");
        };
        assert!(message.contains("`cold_key`"), "{message}");
    }

    #[test]
    fn the_list_has_a_line_for_each() {
        assert_eq!(list().lines().count(), catalogue::SCENARIOS.len());
    }

    #[test]
    fn the_benches_are_where_the_command_looks_for_them() {
        assert!(manifest().is_file());
    }
}
