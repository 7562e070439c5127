//! The main job in one screen: a function that is loaded once however many ask, read from the
//! cache, invalidated, and loaded again.
//!
//! ```text
//! cargo run --example quickstart                                            # embedded: nothing to install
//! LARDER_URL=redis://127.0.0.1:6379 cargo run --example quickstart          # on Redis; run it twice
//! ```
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example prints what happens, and sleeps where a program would wait for its database"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use larder::{Larder, Ttl, cached};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    loaded_by: u32,
}

static LOADS: AtomicU32 = AtomicU32::new(0);

/// Takes 50 ms, as a database might.
#[cached(namespace = "quickstart.users", ttl = "5m")]
async fn user(id: u64) -> Result<User, std::io::Error> {
    LOADS.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(User {
        id,
        name: format!("user {id}"),
        loaded_by: std::process::id(),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    println!("process {} on {larder:?}", std::process::id());

    match user::peek(7).await? {
        Some(found) => println!(
            "in the cache already, put there by process {}: {found:?}",
            found.loaded_by
        ),
        None => println!("nothing in the cache yet"),
    }

    let start = Instant::now();
    let callers: Vec<_> = (0..1000).map(|_| larder::spawn(user(7))).collect();
    for caller in callers {
        caller.await??;
    }
    println!(
        "1000 concurrent callers: {} load(s), {:?} in all",
        loads(),
        start.elapsed()
    );

    let start = Instant::now();
    let found = user(7).await?;
    println!(
        "one more call: {} load(s), {:?}: {found:?}",
        loads(),
        start.elapsed()
    );

    user::invalidate(7).await?;
    let start = Instant::now();
    user(7).await?;
    println!(
        "after user::invalidate(7): {} load(s), {:?}",
        loads(),
        start.elapsed()
    );

    if let Some(ttl) = user::ttl(7).await?.and_then(Ttl::duration) {
        println!("the key {} lives for another {ttl:?}", user::key(7)?);
    }
    larder.close().await;
    Ok(())
}

/// How often the body has run since the last time this was asked.
fn loads() -> u32 {
    LOADS.swap(0, Ordering::Relaxed)
}
