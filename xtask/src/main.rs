//! The project's own commands: `cargo xtask --help`.
#![allow(clippy::print_stdout, reason = "a command-line tool says what it does")]

mod bench;
mod install;
mod limits;
mod redis_server;
mod simulate;
mod step;
mod test;

use std::process::ExitCode;

use step::Failure;

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask <COMMAND>

Commands:
  test      Make sure of redis-server and run every test
  bench     Measure Larder beside its peers
  simulate  Run a million schedules of a simulated fleet
  limits    Search ten million schedules for one that a rate limit lets through
  help      Print this

`cargo xtask <COMMAND> --help` says more about one.
Exit codes: 0 all went well, 1 a step failed, 2 the command line was wrong.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Step(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            eprintln!("error: {message}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some((command, arguments)) = arguments.split_first() else {
        return Err(Failure::Usage("which command?".to_owned()));
    };
    match command.as_str() {
        "test" => test::run(arguments),
        "bench" => bench::run(arguments),
        "simulate" => simulate::run(arguments),
        "limits" => limits::run(arguments),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(Failure::Usage(format!("there is no command `{other}`"))),
    }
}
