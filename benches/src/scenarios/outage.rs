//! What both outage scenarios share: a process with one library, whose server goes away.
//!
//! The body takes no time, so what a call takes is what the cache adds to it.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use crate::actor::{Actor, Stage};
use crate::measure::{Progress, Result, median};
use crate::peers::{Connected, Library};
use crate::row::{Row, Time};
use crate::source;
use crate::support::proxy::Proxy;
use crate::support::server::RedisServer;

pub(super) const PART: &str = "outage";

const ROUNDS: usize = 3;
const PEERS: [Library; 4] = [
    Library::Cached,
    Library::CachedManaged,
    Library::Hitbox,
    Library::MultiTier,
];
/// A key that is in the cache when the server goes; every other one is new.
const WARM: u64 = 0;
/// How many call in the moment in which the server goes.
const AT_ONCE: u64 = 16;
/// How many call after them, one after the other, and how long each waits before: a second in all.
/// A caller that never rests would sooner or later be put aside by the system for longer than any
/// of its calls takes.
const AFTERWARDS: u64 = 100;
const PAUSE: Duration = Duration::from_millis(10);
const OPEN_CALLS: u64 = 4000;

/// How the server goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `kill -9`: connections are reset, new ones refused.
    Killed,
    /// Connections stay and nothing comes through, as when a machine or a network is lost.
    BlackHoled,
}

/// Which calls are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The slowest of the calls of the first second.
    First,
    /// The median of those after it.
    Open,
}

/// What calls came to.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Above the body.
    nanos: f64,
    /// Whether a call was given up, so that it took longer than this.
    cut_off: bool,
    failures: u64,
    calls: u64,
}

/// Measures this phase, in rounds: ours by itself, then the peers together, since they mostly
/// sleep.
pub(super) async fn compare(id: &'static str, phase: Phase, time: Time) -> Result<Vec<Row>> {
    let progress = Progress::of(id);
    let mut ours: [Vec<Cost>; 2] = Default::default();
    let mut peers: Vec<(Library, Way, Vec<Cost>)> = Vec::new();
    for way in Way::ALL {
        peers.extend(PEERS.map(|library| (library, way, Vec::new())));
    }
    for round in 0..ROUNDS {
        progress.round(round, ROUNDS);
        for (way, costs) in Way::ALL.into_iter().zip(&mut ours) {
            costs.push(cost(Library::Larder, way, phase).await?);
        }
        let under_way = peers
            .iter()
            .map(|(library, way, _)| cost(*library, *way, phase));
        let theirs = try_join_all(under_way).await?;
        for ((.., costs), cost) in peers.iter_mut().zip(theirs) {
            costs.push(cost);
        }
    }
    let row = |(library, way, costs): &(Library, Way, Vec<Cost>)| {
        let ours = time.express(middle(&ours[*way as usize]).nanos);
        row(id, ours, *library, *way, middle(costs), time)
    };
    Ok(peers.iter().map(row).collect())
}

fn row(id: &'static str, ours: f64, library: Library, way: Way, peer: Cost, time: Time) -> Row {
    let name = format!("{}, {}", library.name(), way.name());
    let figure = time.express(peer.nanos);
    let row = if peer.failures == peer.calls && !peer.cut_off {
        let note = format!(
            "every call of the peer fails, after {figure:.3} {}",
            time.unit()
        );
        return Row::without_peer(id, ours, name, time.unit()).note(note);
    } else {
        Row::new(id, ours, figure, name, time.unit())
    };
    let row = match peer.failures {
        0 => row,
        failures => row.note(format!(
            "{failures} of the peer's {} calls failed",
            peer.calls
        )),
    };
    if peer.cut_off {
        row.note("the peer's is at least this: its call was given up")
    } else {
        row
    }
}

/// The round in the middle.
fn middle(costs: &[Cost]) -> Cost {
    let nanos: Vec<f64> = costs.iter().map(|cost| cost.nanos).collect();
    Cost {
        nanos: median(&nanos),
        cut_off: costs.iter().any(|cost| cost.cut_off),
        failures: costs.iter().map(|cost| cost.failures).sum(),
        calls: costs.iter().map(|cost| cost.calls).sum(),
    }
}

/// One process with this library; its server goes this way.
async fn cost(library: Library, way: Way, phase: Phase) -> Result<Cost> {
    let mut server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let url = match way {
        Way::Killed => server.url(),
        Way::BlackHoled => proxy.url(),
    };
    let mut actor = Actor::start(&[PART, library.word(), &url])?;
    actor.report().await?;
    match way {
        Way::Killed => server.kill(),
        Way::BlackHoled => proxy.stall(),
    }
    actor.order(phase.word()).await?;
    Cost::read(&actor.report().await?)
}

/// A process whose server goes away.
pub(super) async fn act(library: &str, url: &str) -> Result<()> {
    let mut stage = Stage::enter();
    let connected = Library::of_word(library)?.connect(url).await?;
    for _ in 0..3 {
        connected.user(WARM).await?;
    }
    stage.report("ready");
    let cost = match Phase::of_word(&stage.order().await?)? {
        Phase::First => first(&connected, Duration::from_secs(12)).await,
        Phase::Open => {
            first(&connected, Duration::from_secs(3)).await;
            open(&connected, Duration::from_secs(9)).await
        }
    };
    stage.report(cost.words());
    // Whoever started this process ends it when the report has come.
    stage.order().await.map(drop)
}

/// Some calls at once, and then one after the other for a second: the slowest.
async fn first(connected: &Connected, patience: Duration) -> Cost {
    let start = Instant::now();
    let mut slowest = Cost::NONE;
    let at_once: Vec<_> = (0..AT_ONCE)
        .map(|number| {
            let connected = connected.clone();
            tokio::spawn(async move { call(&connected, key(number), patience).await })
        })
        .collect();
    for call in at_once {
        if let Ok(call) = call.await {
            slowest.put_slower(call);
        }
    }
    for number in AT_ONCE..AT_ONCE + AFTERWARDS {
        if slowest.cut_off || start.elapsed() > patience {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        slowest.put_slower(call(connected, key(number), patience).await);
    }
    slowest
}

/// Many calls for new keys, one after the other: their median, above the body alone.
async fn open(connected: &Connected, patience: Duration) -> Cost {
    let start = Instant::now();
    let mut sum = Cost::NONE;
    let mut nanos = Vec::new();
    let mut alone = Vec::new();
    for number in 0..OPEN_CALLS {
        let cost = call(connected, 1_000_000 + number, patience).await;
        nanos.push(cost.nanos);
        sum.add(cost);
        let body = Instant::now();
        std::hint::black_box(source::load(number).await);
        alone.push(body.elapsed().as_nanos() as f64);
        if start.elapsed() > patience {
            break;
        }
    }
    let nanos = median(&nanos) - median(&alone);
    Cost { nanos, ..sum }
}

/// Every second call asks for what was in the cache.
fn key(number: u64) -> u64 {
    if number.is_multiple_of(2) {
        WARM
    } else {
        number
    }
}

async fn call(connected: &Connected, id: u64, patience: Duration) -> Cost {
    let start = Instant::now();
    let outcome = tokio::time::timeout(patience, connected.user(id)).await;
    Cost {
        nanos: start.elapsed().as_nanos() as f64,
        cut_off: outcome.is_err(),
        failures: u64::from(matches!(outcome, Ok(Err(_)))),
        calls: 1,
    }
}

impl Cost {
    const NONE: Self = Self {
        nanos: 0.0,
        cut_off: false,
        failures: 0,
        calls: 0,
    };

    fn put_slower(&mut self, call: Self) {
        let nanos = self.nanos.max(call.nanos);
        self.add(call);
        self.nanos = nanos;
    }

    fn add(&mut self, call: Self) {
        self.nanos += call.nanos;
        self.cut_off |= call.cut_off;
        self.failures += call.failures;
        self.calls += call.calls;
    }

    /// As an actor reports it.
    fn words(self) -> String {
        format!(
            "{} {} {} {}",
            self.nanos, self.cut_off, self.failures, self.calls
        )
    }

    fn read(words: &str) -> Result<Self> {
        let words: Vec<&str> = words.split(' ').collect();
        let [nanos, cut_off, failures, calls] = words[..] else {
            return Err(format!("no cost: {words:?}").into());
        };
        Ok(Self {
            nanos: nanos.parse()?,
            cut_off: cut_off.parse()?,
            failures: failures.parse()?,
            calls: calls.parse()?,
        })
    }
}

impl Way {
    const ALL: [Self; 2] = [Self::Killed, Self::BlackHoled];

    fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::BlackHoled => "black-holed",
        }
    }
}

impl Phase {
    fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Open => "open",
        }
    }

    fn of_word(word: &str) -> Result<Self> {
        match word {
            "first" => Ok(Self::First),
            "open" => Ok(Self::Open),
            _ => Err(format!("there is no phase `{word}`").into()),
        }
    }
}
