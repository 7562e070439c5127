//! One server, and as many Larders on it as a case wants.

use std::future::Future;
use std::time::Duration;

use larder::{Larder, MemoryServer};
use larder_runtime::backend::redis::RedisBackend;
use larder_runtime::backend::{Backend, Call, Command, Reply, Resend, SharedBackend};
use larder_runtime::clock::Clock;
use larder_runtime::config::{ConnectSettings, Endpoint};
use tokio::task::JoinHandle;

use crate::support::server::RedisServer;

/// Longer than any server that is there takes to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A server with nothing in it.
pub(crate) enum Fleet {
    Memory(MemoryServer),
    Redis(Box<RedisServer>),
}

/// Makes a test of each case on each backend. The embedded one runs on a paused clock.
macro_rules! on_each_backend {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $case() {
                    super::$case(crate::fleet::Fleet::memory()).await;
                }
            )+
        }

        mod redis {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(crate::fleet::Fleet::redis()).await;
                }
            )+
        }
    };
}

/// Makes a test of each case on each backend, outside of any runtime, for each [`Fate`] of the
/// first of its runtimes.
///
/// [`Fate`]: crate::support::runtimes::Fate
#[allow(unused_macros, reason = "not every test that has fleets needs it")]
macro_rules! whatever_becomes_of_the_first_runtime {
    ($($case:ident),+ $(,)?) => {
        whatever_becomes_of_the_first_runtime!(@ memory, $($case),+);
        whatever_becomes_of_the_first_runtime!(@ redis, $($case),+);
    };
    (@ $backend:ident, $($case:ident),+) => {
        mod $backend {
            use crate::fleet::Fleet;
            use crate::support::runtimes::Fate;
            $(
                #[test]
                fn $case() {
                    super::$case(&Fleet::$backend(), Fate::Ends);
                    super::$case(&Fleet::$backend(), Fate::StandsStill);
                }
            )+
        }
    };
}

impl Fleet {
    pub(crate) fn memory() -> Self {
        Self::Memory(MemoryServer::new())
    }

    pub(crate) fn redis() -> Self {
        Self::Redis(Box::new(RedisServer::start()))
    }

    /// One more node.
    pub(crate) async fn node(&self) -> Larder {
        self.node_of("app").await
    }

    /// One more node, of this application.
    pub(crate) async fn node_of(&self, app: &str) -> Larder {
        // These cases are not about time, and the machine may be busy.
        let builder = Larder::builder()
            .app(app)
            .call_budget(PATIENCE)
            .command_timeout(PATIENCE);
        match self {
            Self::Memory(server) => builder.on_memory(server),
            Self::Redis(server) => builder
                .url(server.url())
                .build()
                .await
                .expect("a running server"),
        }
    }

    /// Removes every key there is, as a client may who knows nothing of Larder.
    pub(crate) async fn flush(&self) {
        self.stranger().await.run(Command::new("FLUSHDB")).await;
    }

    /// A client that knows nothing of Larder.
    pub(crate) async fn stranger(&self) -> Stranger {
        match self {
            Self::Memory(server) => Stranger {
                backend: SharedBackend::new(server.connect()),
                clock: Clock::system(),
            },
            Self::Redis(server) => Stranger::at(&server.url()).await,
        }
    }
}

/// A client that knows nothing of Larder.
pub(crate) struct Stranger {
    backend: SharedBackend,
    clock: Clock,
}

impl Stranger {
    /// On the Redis server of this URL.
    pub(crate) async fn at(url: &str) -> Self {
        let clock = Clock::system();
        let Endpoint::Redis(endpoint) = url.parse().expect("a good URL") else {
            panic!("the URL names a server")
        };
        let backend = RedisBackend::connect(&endpoint, &ConnectSettings::default(), &clock).await;
        Self {
            backend: SharedBackend::new(backend.expect("a running server")),
            clock,
        }
    }

    /// The connection alone.
    #[allow(dead_code, reason = "not every test that has strangers needs it")]
    pub(crate) fn into_backend(self) -> SharedBackend {
        self.backend
    }

    /// Runs one command.
    pub(crate) async fn run(&self, command: Command) -> Reply {
        let call = Call {
            deadline: self.clock.now() + PATIENCE,
            resend: Resend::Never,
        };
        self.backend
            .run(&command, &call)
            .await
            .expect("a good command")
    }

    /// Stores these bytes for a minute.
    pub(crate) async fn set(&self, key: &str, bytes: &[u8]) {
        self.run(
            Command::new("SET")
                .arg(key)
                .arg(bytes)
                .arg("PX")
                .arg(60_000_u64),
        )
        .await;
    }

    /// What a key holds.
    pub(crate) async fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.run(Command::new("GET").arg(key))
            .await
            .into_bytes("GET")
            .expect("bytes")
    }

    /// Ready when so many listen to a channel.
    #[allow(dead_code, reason = "not every test that has strangers needs it")]
    pub(crate) async fn until_heard(&self, channel: &str, listeners: i64) {
        loop {
            // What it means nobody knows.
            let publish = Command::new("PUBLISH").arg(channel).arg("");
            if self.run(publish).await.into_int("PUBLISH").unwrap() == listeners {
                return;
            }
            self.clock.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Removes a key.
    pub(crate) async fn delete(&self, key: &str) {
        self.run(Command::new("DEL").arg(key)).await;
    }

    /// The time to live of every key there is, in milliseconds; -1 for a key without an end.
    pub(crate) async fn times_to_live(&self) -> Vec<(String, i64)> {
        let scan = Command::new("SCAN").arg("0").arg("COUNT").arg(10_000_u64);
        let page = self
            .run(scan)
            .await
            .into_array("SCAN")
            .expect("a cursor and keys");
        let keys = page[1].clone().into_array("SCAN").expect("keys");
        let mut found = Vec::new();
        for key in keys {
            let key = String::from_utf8(key.into_bytes("SCAN").unwrap().unwrap())
                .expect("a readable key");
            let left = self.run(Command::new("PTTL").arg(&key)).await;
            found.push((key, left.into_int("PTTL").expect("a number")));
        }
        found
    }
}

/// Starts a future on this node, as a request of that node would.
pub(crate) fn start<T: Send + 'static>(
    node: &Larder,
    future: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let node = node.clone();
    tokio::spawn(async move { node.scope(future).await })
}
