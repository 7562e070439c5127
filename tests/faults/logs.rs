//! What the log says of an outage: each change once, and no secret ever.

use std::io::Write;
use std::sync::{Arc, Mutex};

use larder_runtime::backend::Push;
use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::clock::Clock;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;

use crate::rig::{Ears, connect, endpoint, get, settings};
use crate::support::server::RedisServer;

/// Everything that this thread logs; the tests here run on one thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Logs at this level and above until the guard is dropped.
    fn start(level: LevelFilter) -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines about the connection.
    fn lines(&self) -> Vec<String> {
        let text = self.text();
        let ours = text.lines().filter(|line| line.contains("Redis"));
        ours.map(ToOwned::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_outage_is_one_warning_and_its_end_one_line() {
    let mut server = RedisServer::start();
    let (log, _guard) = Log::start(LevelFilter::INFO);
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

    let lines = log.lines();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains("WARN"), "{lines:#?}");
    assert!(lines[0].contains("lost the connection"), "{lines:#?}");
    assert!(lines[0].contains("the connection was closed"), "{lines:#?}");
    assert!(lines[1].contains("INFO"), "{lines:#?}");
    assert!(lines[1].contains("connected to Redis"), "{lines:#?}");
    assert!(lines[1].contains("after"), "{lines:#?}");
}

#[tokio::test]
async fn a_server_that_refuses_us_is_warned_of_once_without_the_password() {
    let server = RedisServer::builder().acl_user("h4ndle", "right").start();
    let (log, _guard) = Log::start(LevelFilter::TRACE);
    let url = format!("redis://h4ndle:hunter2@{}", server.address());
    let backend = RedisBackend::lazy(&endpoint(&url), &settings(), &Clock::system()).unwrap();
    while backend.dials() < 5 {
        let error = get(&backend, "key").await.unwrap_err();
        let shown = format!("{error} {error:?} {backend:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(!shown.contains("h4ndle"), "{shown}");
        tokio::task::yield_now().await;
    }
    let warnings = log
        .lines()
        .iter()
        .filter(|line| line.contains("WARN"))
        .count();
    assert_eq!(warnings, 1, "{}", log.text());
    assert!(log.text().contains("WRONGPASS"), "{}", log.text());
    assert!(!log.text().contains("hunter2"), "{}", log.text());
    assert!(!log.text().contains("h4ndle"), "{}", log.text());
}
