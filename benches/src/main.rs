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

const HELP: &str = "\
Measures Larder beside its peers. `cargo xtask bench` builds this and starts it.

Usage: larder-benches [ID…]

Prints a table, and one line of JSON a row, on stdout, and what it is doing on stderr.
Exit codes: 0 everything was measured, 1 something could not be, 2 the command line was wrong.
";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((actor::FLAG, part)) = arguments
        .split_first()
        .map(|(flag, part)| (flag.as_str(), part))
    {
        return match scenarios::act(part).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {part:?}: {error}");
                ExitCode::from(1)
            }
        };
    }
    if arguments
        .iter()
        .any(|argument| ["--help", "-h"].contains(&argument.as_str()))
    {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match catalogue::find(&arguments) {
        Ok(listed) => run(&listed).await,
        Err(message) => {
            eprintln!("error: {message}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
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
        eprintln!("error: {error}");
        return ExitCode::from(1);
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: could not be run: {}", failed.join(", "));
    ExitCode::from(1)
}
