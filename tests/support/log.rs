//! What a test logs. Targets that look at it include this file: whoever includes the folder need not
//! have what it stands on.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use tracing::level_filters::LevelFilter;

thread_local! {
    /// What this thread logged. A test and everything that it spawns run on one thread of their
    /// own.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the log of the thread that logs.
struct OwnLog;

impl Write for OwnLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Begins to log. One subscriber serves the whole process: those that come and go disturb each
/// other's events.
pub(crate) fn start_log() {
    static START: Once = Once::new();
    START.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| OwnLog)
            .init();
    });
}

/// Everything that this thread logged.
pub(crate) fn log() -> String {
    LOG.with_borrow(|log| String::from_utf8_lossy(log).into_owned())
}

/// The lines of one of these levels.
pub(crate) fn lines(levels: &[&str]) -> Vec<String> {
    let of_level = |line: &&str| levels.iter().any(|level| line.contains(level));
    log()
        .lines()
        .filter(of_level)
        .map(ToOwned::to_owned)
        .collect()
}
