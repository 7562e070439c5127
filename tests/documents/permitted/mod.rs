//! A server whose only user may do what the guide says, everything there is, used as that user,
//! and what the server says of it.

mod caches;
mod guards;
mod stores;

use std::path::{Path, PathBuf};
use std::time::Duration;

use larder::{HealthStatus, Larder};
use larder_runtime::clock::Clock;

use crate::support::server::RedisServer;

/// How long anything may take on a busy machine before a test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server and two processes that use it, as a user who may do this much.
pub(crate) struct Permitted {
    server: RedisServer,
    /// The other servers of the quorum.
    others: [RedisServer; 2],
    here: Larder,
    there: Larder,
}

impl Permitted {
    pub(crate) async fn by(rule: &str) -> Self {
        let start = || {
            RedisServer::builder()
                .acl_user_with("shop", "secret", rule)
                .config("notify-keyspace-events", "Ex")
                .start()
        };
        let (server, others) = (start(), [start(), start()]);
        let urls = [server.url(), others[0].url(), others[1].url()];
        let larder = async || {
            Larder::builder()
                .url(server.url())
                .quorum(&urls)
                .app("shop")
                .call_budget(PATIENCE)
                .command_timeout(PATIENCE)
                .connect_timeout(PATIENCE)
                .build()
                .await
                .unwrap()
        };
        let (here, there) = (larder().await, larder().await);
        Self {
            server,
            others,
            here,
            there,
        }
    }

    pub(crate) async fn use_everything(&self) {
        self.use_caches().await;
        self.use_stores().await;
        self.use_guards().await;
    }

    /// Nothing was refused: neither to a caller nor behind one, neither to a command nor to a
    /// script.
    pub(crate) async fn check(&self) {
        for larder in [&self.here, &self.there] {
            let health = larder.health().await;
            assert_eq!(health.status, HealthStatus::Up, "{:?}", health.degraded);
        }
        let refused = self.server.command(&["ACL", "LOG"]);
        let objects = refused.split("object\n").skip(1);
        let mut objects = objects.filter_map(|rest| rest.lines().next());
        // Whoever may not read it finds out by a key that expires.
        let other = objects.find(|object| *object != "config|get");
        assert_eq!(other, None, "{refused}");
    }

    /// Every script was run: if one is new, something here is to run it.
    pub(crate) fn check_scripts(&self) {
        let library = RedisServer::start();
        for (path, text) in scripts() {
            let sha = library.command(&["SCRIPT", "LOAD", &text]);
            let known = self.server.command(&["SCRIPT", "EXISTS", &sha]);
            assert_eq!(known.trim(), "1", "{} did not run", path.display());
        }
    }

    /// Every command that stands in a script, also in a branch that is not taken here, is one that
    /// the user may run.
    pub(crate) fn check_commands_of_scripts(&self) {
        for (path, text) in scripts() {
            let called = text.split("call('").skip(1);
            for command in called.filter_map(|rest| rest.split('\'').next()) {
                let answer = self.rehearsed(command);
                assert_eq!(answer, "OK", "{}", path.display());
            }
        }
    }

    /// What the server says to this command from the user, with as many arguments as it wants.
    fn rehearsed(&self, command: &str) -> String {
        let mut words = vec!["ACL", "DRYRUN", "shop", command];
        for _ in 0..10 {
            match self.server.reply(&words) {
                crate::support::raw::RawReply::Error(error) => assert!(
                    error.contains("wrong number of arguments"),
                    "{command}: {error}"
                ),
                answer => return answer.to_string(),
            }
            words.push("{shop::key}:channel");
        }
        panic!("{command} takes no number of arguments");
    }

    /// Waits until the server answers this question so.
    async fn until_answered(&self, question: &[&str], wanted: &str) {
        let is_so = async || self.server.command(question).trim() == wanted;
        until(&question.join(" "), is_so).await;
    }

    /// Waits until a message on this channel would reach so many processes.
    async fn until_heard(&self, channel: &str, processes: usize) {
        let wanted = format!("{channel}\n{processes}");
        self.until_answered(&["PUBSUB", "NUMSUB", channel], &wanted)
            .await;
    }

    /// Waits until this script was sent.
    async fn until_run(&self, path: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/src");
        let text = std::fs::read_to_string(folder.join(path)).unwrap();
        let library = RedisServer::start();
        let sha = library.command(&["SCRIPT", "LOAD", &text]);
        self.until_answered(&["SCRIPT", "EXISTS", &sha], "1").await;
    }
}

/// Waits until it is so.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let clock = Clock::system();
    let wait = async {
        while !is_so().await {
            clock.sleep(Duration::from_millis(1)).await;
        }
    };
    patiently(what, wait).await;
}

/// What comes of this, which comes.
async fn patiently<F: Future>(what: &str, future: F) -> F::Output {
    let clock = Clock::system();
    let outcome = clock.timeout_at(clock.now() + PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("never: {what}"))
}

/// The scripts that a server runs, with their texts.
fn scripts() -> Vec<(PathBuf, String)> {
    let mut scripts = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/src")];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() && !path.ends_with("backend/memory") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lua") {
                let text = std::fs::read_to_string(&path).unwrap();
                scripts.push((path, text));
            }
        }
    }
    assert!(scripts.len() > 30, "the scripts were not found");
    scripts
}
