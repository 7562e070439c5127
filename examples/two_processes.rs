//! Two processes and one cache: this program starts itself a second time.
//!
//! ```text
//! LARDER_URL=redis://127.0.0.1:6379 cargo run --example two_processes     # they share
//! cargo run --example two_processes                                       # embedded: each has its own
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::process::{Command, Output};

use larder::{Larder, cached};
use serde::{Deserialize, Serialize};

/// Tells the second process that it is the second.
const ROLE: &str = "TWO_PROCESSES_ROLE";

#[derive(Debug, Serialize, Deserialize)]
struct Report {
    day: u32,
    made_by: u32,
}

/// Remembers which process has made it.
#[cached(namespace = "two_processes.reports", ttl = "5m")]
async fn report(day: u32) -> Report {
    Report {
        day,
        made_by: std::process::id(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    if std::env::var_os(ROLE).is_some() {
        second().await?;
    } else {
        first(&larder).await?;
    }
    larder.close().await;
    Ok(())
}

async fn first(larder: &Larder) -> Result<(), Box<dyn std::error::Error>> {
    if larder.health().await.backend == "memory" {
        println!("the backend is `memory:`, which lives within one process: nothing is shared");
        println!("set LARDER_URL=redis://127.0.0.1:6379 to see two processes share");
    } else {
        println!("both processes use one server: what one stores, the other finds");
    }
    // On a server there may be something left of the last run.
    report::invalidate(1).await?;

    let own = report(1).await;
    println!("first process: {own:?}");
    let second = run_again().await?;
    print!("{}", String::from_utf8_lossy(&second.stdout));
    if !second.status.success() {
        return Err(format!(
            "the second process failed: {}",
            String::from_utf8_lossy(&second.stderr)
        )
        .into());
    }

    match report::peek(1).await? {
        None => println!("first process: the second one's invalidation has removed it"),
        Some(found) => println!("first process: still has {found:?}"),
    }
    Ok(())
}

async fn second() -> larder::Result<()> {
    match report::peek(1).await? {
        Some(found) => println!("second process: found {found:?}, without a load"),
        None => println!(
            "second process: found nothing, and loads {:?}",
            report(1).await
        ),
    }
    report::invalidate(1).await?;
    println!("second process: invalidated it");
    Ok(())
}

/// This program in another process. Waiting for it must not hold up the first one's connection.
async fn run_again() -> Result<Output, Box<dyn std::error::Error>> {
    let mut program = Command::new(std::env::current_exe()?);
    program.env(ROLE, "second");
    Ok(tokio::task::spawn_blocking(move || program.output()).await??)
}
