//! Redis' data types, typed: values, counters, lists, hashes, sets and sorted sets under keys of
//! one namespace, each with an end unless you say that it has none.
//!
//! ```text
//! cargo run --example typed_store                                           # embedded: nothing to install
//! LARDER_URL=redis://127.0.0.1:6379 cargo run --example typed_store         # on Redis
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::time::Duration;

use larder::{ErrorKind, Larder, Result};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Session {
    user: u64,
    theme: String,
    pages: u32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    values(&larder).await?;
    counters(&larder).await?;
    collections(&larder).await?;
    pipelines(&larder).await?;
    larder.close().await;
    Ok(())
}

async fn values(larder: &Larder) -> Result<(), Box<dyn std::error::Error>> {
    let half_an_hour = Duration::from_mins(30);
    let sessions = larder
        .store::<Session>("example.sessions")
        .ttl(half_an_hour)?;
    let session = Session {
        user: 7,
        theme: "light".to_owned(),
        pages: 0,
    };
    sessions.set("f3a9", &session).await?;
    println!(
        "{} holds {:?}",
        sessions.key("f3a9"),
        sessions.get("f3a9").await?
    );

    // Fields are changed in one atomic step, however many do it at the same time.
    let changes = (0..10).map(|_| {
        let sessions = sessions.clone();
        tokio::spawn(async move { sessions.update("f3a9", |session| session.pages += 1).await })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await??;
    }
    println!(
        "after ten updates at once: {:?}",
        sessions.get("f3a9").await?
    );

    let first = sessions.compare_and_set("a1b2", None, &session).await?;
    let second = sessions.compare_and_set("a1b2", None, &session).await?;
    println!("of two that want the same token: first {first}, second {second}");
    println!("what is not there is {:?}", sessions.get("none").await?);
    println!("cleared: {} sessions", sessions.clear().await?);
    Ok(())
}

async fn counters(larder: &Larder) -> Result<()> {
    let requests = larder
        .store::<u64>("example.requests")
        .ttl(Duration::from_mins(1))?;
    for _ in 0..3 {
        requests.incr("10.0.0.7", 1).await?;
    }
    // The minute began with the first request; counting on does not prolong it.
    println!(
        "{:?} requests, counted until {:?}",
        requests.get("10.0.0.7").await?,
        requests.ttl("10.0.0.7").await?
    );
    requests.clear().await?;
    Ok(())
}

async fn collections(larder: &Larder) -> Result<()> {
    let names = larder.store::<String>("example.names").durable()?;
    let [ann, bob, eve] = ["Ann", "Bob", "Eve"].map(str::to_owned);

    names.rpush("queue", [&ann, &bob]).await?;
    names.lpush("queue", [&eve]).await?;
    println!("list: {:?}", names.lrange("queue", 0, -1).await?);

    names
        .hset_many("desks", [("front", &ann), ("back", &bob)])
        .await?;
    println!(
        "hash: at the front sits {:?}",
        names.hget("desks", "front").await?
    );

    names.sadd("online", [&ann, &bob, &ann]).await?;
    println!(
        "set: {} online, Eve among them: {}",
        names.scard("online").await?,
        names.sismember("online", &eve).await?
    );

    names
        .zadd("chess", [(&ann, 1840.0), (&bob, 1905.5)])
        .await?;
    println!(
        "sorted set: the best is {:?}",
        names.zrange("chess", -1, -1).await?
    );
    names.clear().await?;
    Ok(())
}

/// Many operations, of stores of any type, in one round trip; each has its own answer.
async fn pipelines(larder: &Larder) -> Result<()> {
    let names = larder.store::<String>("example.names").durable()?;
    let visits = larder.store::<u64>("example.visits").durable()?;
    let mut pipeline = names.pipeline().atomic();
    pipeline.add(names.set(&7, &"Ann".to_owned()));
    let mistake = pipeline.add(names.incr(&7, 1));
    let count = pipeline.add(visits.incr(&7, 1));

    let mut answers = pipeline.run().await?;
    match answers.take(mistake) {
        Err(error) if error.kind() == ErrorKind::NotANumber => println!("as expected: {error}"),
        other => println!("a name was counted up: {other:?}"),
    }
    println!("the others are not lost: visit {}", answers.take(count)?);
    answers.check()?;
    names.clear().await?;
    visits.clear().await?;
    Ok(())
}
