//! One step of a command: said, run, and checked.

use std::process::Command;

/// Why a command did not do what it was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A step failed; what failed and what to do about it.
    Step(String),
    /// The command line was wrong.
    Usage(String),
}

/// Says what is about to happen.
pub(crate) fn say(message: &str) {
    println!("xtask: {message}");
}

/// Shows a command, runs it with our own input and output, and wants it to succeed.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = shown(command);
    say(&format!("running {line}"));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Step(format!("{line} failed: {status}"))),
        Err(error) => Err(Failure::Step(format!("{line} did not start: {error}"))),
    }
}

/// Whether a program of this name is found in `PATH`.
pub(crate) fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A command as it would be typed.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}
