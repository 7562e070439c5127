//! What every test here needs: a backend, calls, and ears for what the connection says.

use std::time::Duration;

use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Backend, Call, Command, Listener, Push, Reply, Resend};
use larder_runtime::clock::Clock;
use larder_runtime::config::{ConnectSettings, Endpoint, RedisEndpoint};
use larder_runtime::error::Result;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long anything may take on a busy machine before a test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The endpoint of a URL.
pub(crate) fn endpoint(url: &str) -> RedisEndpoint {
    match url.parse() {
        Ok(Endpoint::Redis(endpoint)) => endpoint,
        other => panic!("{url}: {other:?}"),
    }
}

/// Settings that heal quickly and do nothing unasked, and with which a busy machine is not taken
/// for a dead server.
pub(crate) fn settings() -> ConnectSettings {
    let mut settings = ConnectSettings::default();
    settings.connect_timeout = PATIENCE;
    settings.probe_timeout = PATIENCE;
    settings.heartbeat = None;
    settings.back_off_initial = Duration::from_millis(5);
    settings.back_off_max = Duration::from_millis(50);
    settings
}

/// A backend with these settings.
pub(crate) async fn connect_with(url: &str, settings: &ConnectSettings) -> Result<RedisBackend> {
    RedisBackend::connect(&endpoint(url), settings, &Clock::machine()).await
}

/// A backend with the settings of most tests.
pub(crate) async fn connect(url: &str) -> RedisBackend {
    connect_with(url, &settings()).await.unwrap()
}

/// A call that may take as long as a busy machine needs.
pub(crate) fn call() -> Call {
    call_within(&Clock::machine(), PATIENCE)
}

/// A call that has to end in time.
pub(crate) fn call_within(clock: &Clock, time: Duration) -> Call {
    Call {
        deadline: clock.now() + time,
        resend: Resend::Never,
    }
}

/// Runs `GET`, with the patience of most tests.
pub(crate) async fn get(backend: &RedisBackend, key: &str) -> Result<Reply> {
    let command = Command::new("GET").arg(key);
    patiently(backend.run(&command, &call())).await
}

/// Runs `SET`, with the patience of most tests.
pub(crate) async fn set(backend: &RedisBackend, key: &str, value: &str) -> Result<Reply> {
    let command = Command::new("SET").arg(key).arg(value);
    patiently(backend.run(&command, &call())).await
}

/// Bytes of a reply.
pub(crate) fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.as_bytes().to_vec())
}

/// The future's output.
///
/// # Panics
/// If it never comes.
pub(crate) async fn patiently<F: Future>(future: F) -> F::Output {
    let clock = Clock::machine();
    clock
        .timeout_at(clock.now() + PATIENCE, future)
        .await
        .expect("it takes too long")
}

/// Lets every other task of this thread run until it waits.
pub(crate) async fn let_the_keeper_act() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Polls once; the output, if it was ready.
pub(crate) async fn polled_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        let polled = std::pin::Pin::new(&mut *future).poll(context);
        std::task::Poll::Ready(match polled {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

/// Hears what a backend's listeners hear.
pub(crate) struct Ears(UnboundedReceiver<Push>);

impl Ears {
    /// Hears everything from now on.
    pub(crate) fn on(backend: &RedisBackend) -> Self {
        let (sender, receiver) = unbounded_channel();
        backend.listen(Listener::new(move |push| {
            let _ = sender.send(push.clone());
        }));
        Self(receiver)
    }

    /// The next push.
    pub(crate) async fn next(&mut self) -> Push {
        patiently(self.0.recv()).await.expect("the backend lives")
    }

    /// Waits for this push; others before it do not matter.
    pub(crate) async fn wait_for(&mut self, wanted: &Push) {
        while self.next().await != *wanted {}
    }

    /// Whether nothing is there to be heard now.
    pub(crate) fn are_silent(&mut self) -> bool {
        self.0.try_recv().is_err()
    }
}
