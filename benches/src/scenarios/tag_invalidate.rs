//! `tag_invalidate`: a tag of 100,000 entries is invalidated. How long does it take?
//!
//! Beside it, what a library does that keeps the keys of a tag in a set: it reads the set and
//! removes what is in it.

use redis::AsyncCommands;

use super::groups::{ENTRIES, bare, connect, fill, tagged};
use crate::measure::{Progress, Result, Stopwatch, median};
use crate::row::{Row, Target};
use crate::support::server::RedisServer;

pub(super) const ID: &str = "tag_invalidate";

const ROUNDS: usize = 5;
/// How many of the entries are looked at afterwards.
const SAMPLE: u64 = 1_000;

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let server = RedisServer::start();
    let larder = connect(&server.url()).await?;
    let mut peer = bare(&server.url()).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        progress.round(round, ROUNDS);
        fill(&progress, |id| tagged(&larder, id)).await?;
        let watch = Stopwatch::start();
        larder.invalidate_tag("user:7").await?;
        ours.push(watch.millis());
        for id in 0..SAMPLE {
            let left = tagged(&larder, id * (ENTRIES / SAMPLE)).peek().await?;
            assert_eq!(left, None, "the tag was invalidated");
        }

        theirs.push(with_a_set(&mut peer).await?);
    }
    let row = Row::new(
        ID,
        median(&ours),
        median(&theirs),
        "a set of keys, bare",
        "ms",
    );
    Ok(vec![
        row.note(format!("{ENTRIES} entries"))
            .target(Target::OursAtMost(1.0)),
    ])
}

/// The same with a set that lists the keys of the tag.
async fn with_a_set(peer: &mut redis::aio::MultiplexedConnection) -> Result<f64> {
    let names: Vec<String> = (0..ENTRIES).map(|id| format!("peer:{id}")).collect();
    for page in names.chunks(1_000) {
        let mut pipeline = redis::pipe();
        for name in page {
            pipeline.set(name, "x".repeat(100)).ignore();
        }
        pipeline.sadd("peer:tag", page).ignore();
        let () = pipeline.query_async(peer).await?;
    }
    let watch = Stopwatch::start();
    let listed: Vec<String> = peer.smembers("peer:tag").await?;
    let _: u64 = peer.unlink(&listed).await?;
    let _: u64 = peer.unlink("peer:tag").await?;
    Ok(watch.millis())
}
