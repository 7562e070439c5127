//! What the log says of an outage: each change once, and no secret ever.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use larder_runtime::backend::Push;
use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::clock::Clock;
use tracing::level_filters::LevelFilter;

use crate::rig::{Ears, connect, endpoint, get, settings};
use crate::support::server::RedisServer;

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
fn start_log() {
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
fn log() -> String {
    LOG.with_borrow(|log| String::from_utf8_lossy(log).into_owned())
}

/// The lines of this level or that one.
fn lines(levels: [&str; 2]) -> Vec<String> {
    let of_level = |line: &&str| levels.iter().any(|level| line.contains(level));
    log()
        .lines()
        .filter(of_level)
        .map(ToOwned::to_owned)
        .collect()
}

#[tokio::test]
async fn an_outage_is_one_warning_and_its_end_one_line() {
    let mut server = RedisServer::start();
    start_log();
    let backend = connect(&server.url()).await;
    let mut ears = Ears::on(&backend);

    server.kill();
    ears.wait_for(&Push::Disconnected).await;
    let before = backend.dials();
    while backend.dials() < before + 5 {
        assert!(get(&backend, "key").await.is_err());
        tokio::task::yield_now().await;
    }
    server.restart();
    ears.wait_for(&Push::Connected).await;
    tokio::task::yield_now().await;

    let lines = lines([" WARN ", " INFO "]);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains(" WARN "), "{lines:#?}");
    assert!(lines[0].contains("lost the connection"), "{lines:#?}");
    assert!(lines[0].contains("the connection was closed"), "{lines:#?}");
    assert!(lines[1].contains(" INFO "), "{lines:#?}");
    assert!(lines[1].contains("connected to Redis"), "{lines:#?}");
    assert!(lines[1].contains("after"), "{lines:#?}");
}

#[tokio::test]
async fn a_server_that_refuses_us_is_warned_of_once_without_the_password() {
    let server = RedisServer::builder().acl_user("h4ndle", "right").start();
    start_log();
    let url = format!("redis://h4ndle:hunter2@{}", server.address());
    let backend = RedisBackend::lazy(&endpoint(&url), &settings(), &Clock::system()).unwrap();
    while backend.dials() < 5 {
        let error = get(&backend, "key").await.unwrap_err();
        let shown = format!("{error} {error:?} {backend:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(!shown.contains("h4ndle"), "{shown}");
        tokio::task::yield_now().await;
    }
    let warnings = lines([" WARN ", " ERROR "]);
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(log().contains("WRONGPASS"), "{}", log());
    assert!(!log().contains("hunter2"), "{}", log());
    assert!(!log().contains("h4ndle"), "{}", log());
}
