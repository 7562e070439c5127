//! `cold_key`: a key that everybody wants and nobody has. How often does the body run?

use std::time::Duration;

use crate::actor::{Actor, Stage};
use crate::measure::{Progress, Result, median};
use crate::peers::Library;
use crate::row::{Row, Target};
use crate::source;
use crate::support::server::RedisServer;

pub(super) const ID: &str = "cold_key";

const PROCESSES: usize = 4;
const CALLERS: usize = 250;
const ROUNDS: usize = 5;
/// How long a load takes: long enough for the slowest process to come while it is under way.
const LOAD: Duration = Duration::from_millis(250);
/// A key that is loaded before anything is measured, so that everybody is connected.
const WARM: u64 = u64::MAX;

const PEERS: [Library; 3] = [Library::Cached, Library::Hitbox, Library::MultiTier];

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let server = RedisServer::start();
    let mut ours = Fleet::start(Library::Larder, &server.url()).await?;
    let mut peers = Vec::new();
    for library in PEERS {
        peers.push((Fleet::start(library, &server.url()).await?, Vec::new()));
    }
    let mut our_loads = Vec::new();
    for round in 0..ROUNDS {
        progress.round(round, ROUNDS);
        let key = round as u64;
        our_loads.push(ours.loads_of(key).await?);
        for (fleet, loads) in &mut peers {
            loads.push(fleet.loads_of(key).await?);
        }
    }
    // The most of any round: "one load" is a promise, not an average.
    let most = our_loads.iter().copied().fold(0.0, f64::max);
    let rows = peers.iter().zip(PEERS).map(|((_, loads), library)| {
        let row = Row::new(ID, most, median(loads), library.name(), "loads");
        row.note(format!(
            "ours the most of {ROUNDS} rounds, the peer's their median"
        ))
        .target(Target::OursAtMost(1.0))
    });
    Ok(rows.collect())
}

/// Processes with one library.
struct Fleet(Vec<Actor>);

impl Fleet {
    async fn start(library: Library, url: &str) -> Result<Self> {
        let mut actors = Vec::new();
        for _ in 0..PROCESSES {
            actors.push(Actor::start(&[ID, library.word(), url])?);
        }
        for actor in &mut actors {
            actor.report().await?;
        }
        Ok(Self(actors))
    }

    /// Has all callers of all processes ask for this key at once; answers how often it was loaded.
    async fn loads_of(&mut self, key: u64) -> Result<f64> {
        for actor in &mut self.0 {
            actor.order(&key.to_string()).await?;
        }
        let mut loads = 0.0;
        for actor in &mut self.0 {
            loads += actor.report().await?.parse::<f64>()?;
        }
        Ok(loads)
    }
}

/// One process of a fleet.
pub(super) async fn act(library: &str, url: &str) -> Result<()> {
    let mut stage = Stage::enter();
    let connected = Library::of_word(library)?.connect(url).await?;
    connected.user(WARM).await?;
    source::take(LOAD);
    stage.report("ready");
    loop {
        let key: u64 = stage.order().await?.parse()?;
        source::loads();
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let connected = connected.clone();
                tokio::spawn(async move { connected.user(key).await })
            })
            .collect();
        for caller in callers {
            caller.await??;
        }
        stage.report(source::loads());
    }
}
