//! `cargo xtask test`: everything that the tests need, then the tests.

use std::process::Command;

use crate::redis_server::{self, RedisServer};
use crate::step::{self, Failure, say};

const HELP: &str = "\
Make sure of redis-server and run every test.

Usage: cargo xtask test [-- <ARGUMENTS OF CARGO TEST>]

Examples:
  cargo xtask test
  cargo xtask test -- --test conformance
  cargo xtask test -- --test conformance strings -- --nocapture

The tests start servers of their own on free ports; none needs to run. If no redis-server is installed, the
system's package manager installs one (apt-get, dnf, apk, pacman or brew), which may ask for your password.

Environment:
  REDIS_SERVER   the server's binary, such as /opt/valkey/bin/valkey-server; nothing is installed then

With the server installed, `cargo test --workspace --all-features` and `cargo nextest run --workspace
--all-features` run the same tests (nextest leaves out those in the documentation).
";

/// Runs the command with the words that follow its name.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let for_cargo = match arguments.split_first() {
        None => &[],
        Some((first, rest)) => match first.as_str() {
            "--" => rest,
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            other => {
                let message =
                    format!("`test` does not know `{other}`; arguments of cargo test follow `--`");
                return Err(Failure::Usage(message));
            }
        },
    };
    let server = redis_server::find_or_install()?;
    step::run(&mut cargo_test(&server, for_cargo))?;
    say("every test passed");
    Ok(())
}

fn cargo_test(server: &RedisServer, arguments: &[String]) -> Command {
    // Set by cargo for what it runs; the same cargo then builds the tests.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--workspace", "--all-features"])
        .args(arguments)
        .env(redis_server::VARIABLE, server.binary());
    command
}
