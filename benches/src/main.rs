//! Larder beside its peers, one run, side by side: `cargo xtask bench`.

mod actor;
mod catalogue;
mod measure;
mod peers;
mod row;
mod scenarios;
mod source;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use futures_util::FutureExt;
use measure::Progress;
use scenarios::Threads;
use tokio::runtime::Builder;

const HELP: &str = "\
Measures Larder beside its peers. `cargo xtask bench` builds this and starts it.

Usage: larder-benches [ID…]

Prints a table, and one line of JSON a row, on stdout, and what it is doing on stderr.
Exit codes: 0 everything was measured, 1 something could not be, 2 the command line was wrong.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let part = match arguments.split_first() {
        Some((flag, part)) if flag == actor::FLAG => Some(part),
        _ => None,
    };
    let runtime = match part.map(scenarios::threads) {
        Some(Threads::One) => Builder::new_current_thread().enable_all().build(),
        Some(Threads::All) | None => Builder::new_multi_thread().enable_all().build(),
    };
    match (runtime, part) {
        (Ok(runtime), Some(part)) => runtime.block_on(act(part)),
        (Ok(runtime), None) => runtime.block_on(measure(&arguments)),
        (Err(error), _) => failed(error),
    }
}

/// Plays a part in a scenario that another process of this program measures.
async fn act(part: &[String]) -> ExitCode {
    match scenarios::act(part).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(format_args!("{part:?}: {error}")),
    }
}

async fn measure(arguments: &[String]) -> ExitCode {
    if arguments
        .iter()
        .any(|it| ["--help", "-h"].contains(&it.as_str()))
    {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match catalogue::find(arguments) {
        Ok(listed) => run(&listed).await,
        Err(message) => {
            eprintln!("error: {message}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn failed(why: impl std::fmt::Display) -> ExitCode {
    eprintln!("error: {why}");
    ExitCode::from(1)
}

/// Measures one scenario after the other; one that cannot be run does not keep the others from it.
async fn run(listed: &[&'static catalogue::Listed]) -> ExitCode {
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for listed in listed {
        let progress = Progress::of(listed.id);
        progress.say(listed.about);
        // What panics in a scenario, such as a server that does not start, says so itself.
        let measured = AssertUnwindSafe(scenarios::run(listed.id))
            .catch_unwind()
            .await;
        let error = match measured {
            Ok(Ok(measured)) => {
                rows.extend(measured);
                continue;
            }
            Ok(Err(error)) => error,
            Err(_panic) => "it panicked".into(),
        };
        progress.say(format_args!("could not be run: {error}"));
        failed.push(listed.id);
    }
    if let Err(error) = row::print(&rows, &mut std::io::stdout()) {
        return self::failed(error);
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    self::failed(format_args!("could not be run: {}", failed.join(", ")))
}
