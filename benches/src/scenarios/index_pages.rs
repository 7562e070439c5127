//! `index_pages`: an index value with 100,000 entries is read and invalidated. How long does it
//! take, and how long does any one command hold up the server?

use std::fmt;

use redis::Value;
use redis::aio::MultiplexedConnection;

use super::groups::{ENTRIES, bare, cache, connect, fill};
use crate::measure::{Progress, Result, Stopwatch, median};
use crate::row::{Row, Target};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "index_pages";

const ROUNDS: usize = 3;
/// Commands that take less are not even written down, in microseconds.
const NOTICED: u64 = 100;

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let server = RedisServer::start();
    let larder = connect(&server.url()).await?;
    let mut watcher = bare(&server.url()).await?;
    let configure = async |watcher: &mut _, name: &str, value: u64| -> Result<()> {
        let mut command = redis::cmd("CONFIG");
        let command = command.arg("SET").arg(name).arg(value);
        Ok(command.query_async::<()>(watcher).await?)
    };
    configure(&mut watcher, "slowlog-log-slower-than", NOTICED).await?;
    configure(&mut watcher, "slowlog-max-len", 100_000).await?;
    let members = cache(&larder);
    let (mut reads, mut clears) = (Vec::new(), Vec::new());
    let (mut slowest_read, mut slowest_clear) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        progress.round(round, ROUNDS);
        fill(&progress, |id| members.entry(|key| key.arg(&id))).await?;

        slowest(&mut watcher).await?;
        let watch = Stopwatch::start();
        let mut pages = members.pages_by_index("team", &7)?;
        let mut found = 0;
        while let Some(page) = pages.next().await? {
            found += page.len() as u64;
        }
        reads.push(watch.millis());
        assert_eq!(found, ENTRIES, "every entry is found");
        slowest_read.push(slowest(&mut watcher).await?);

        let watch = Stopwatch::start();
        let removed = members.invalidate_index("team", &7).await?;
        clears.push(watch.millis());
        assert_eq!(removed, ENTRIES, "every entry is removed");
        slowest_clear.push(slowest(&mut watcher).await?);
    }
    let of = |name: &str| format!("{ENTRIES} entries, {name}");
    let command = |what: &str, rounds: Vec<Slow>| {
        let each: Vec<_> = rounds.iter().map(Slow::to_string).collect();
        let Slow { millis, .. } = Slow::most(rounds);
        let row = Row::without_peer(ID, millis, of(what), "ms");
        row.target(Target::OursAtMost(2.0)).note(format!(
            "rounds: {}; by SLOWLOG from {NOTICED} us on, which counts what interrupts the server too",
            each.join(", ")
        ))
    };
    Ok(vec![
        Row::without_peer(ID, median(&reads), of("read"), "ms"),
        Row::without_peer(ID, median(&clears), of("invalidated"), "ms"),
        command("slowest command of a read", slowest_read),
        command("slowest command of an invalidation", slowest_clear),
    ])
}

/// A command that took long.
#[derive(Debug, Default)]
struct Slow {
    millis: f64,
    name: String,
}

impl Slow {
    /// The slowest of these; none took no time.
    fn most(commands: impl IntoIterator<Item = Self>) -> Self {
        let commands = commands.into_iter();
        let slowest = commands.max_by(|one, other| one.millis.total_cmp(&other.millis));
        slowest.unwrap_or_default()
    }

    /// One entry of the log; none for our own: to forget what is in the log takes as long as much
    /// was in it.
    fn read(entry: &Value) -> Option<Self> {
        let Value::Array(fields) = entry else {
            return None;
        };
        let [_, _, Value::Int(micros), Value::Array(words), ..] = fields.as_slice() else {
            return None;
        };
        let Value::BulkString(name) = words.first()? else {
            return None;
        };
        (name != b"SLOWLOG").then(|| Self {
            millis: *micros as f64 / 1e3,
            name: String::from_utf8_lossy(name).into_owned(),
        })
    }
}

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.2}", self.name, self.millis)
    }
}

/// The slowest command since this was last asked.
async fn slowest(watcher: &mut MultiplexedConnection) -> Result<Slow> {
    let mut get = redis::cmd("SLOWLOG");
    let entries: Vec<Value> = get.arg("GET").arg(-1).query_async(watcher).await?;
    redis::cmd("SLOWLOG")
        .arg("RESET")
        .query_async::<()>(watcher)
        .await?;
    Ok(Slow::most(entries.iter().filter_map(Slow::read)))
}
