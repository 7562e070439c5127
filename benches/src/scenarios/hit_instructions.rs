//! `hit_instructions`: how many instructions a hit takes. No clock and no network: the embedded
//! server, counted by callgrind, so that a regression shows however busy the machine is.

use std::process::Stdio;
use std::time::Duration;

use larder::{Larder, MemoryServer};
use larder_runtime::backend::{Backend, Call, Command, Resend};
use larder_runtime::clock::Clock;

use crate::actor;
use crate::measure::{Progress, Result};
use crate::peers::larder::user;
use crate::row::Row;
use crate::source;

pub(super) const ID: &str = "hit_instructions";

const LARDER: &str = "larder";
const BARE: &str = "bare";
/// Two runs that differ in nothing but this: what comes before the hits falls out of the
/// difference.
const FEW: u64 = 1000;
const MANY: u64 = 3000;

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let mut counts = Vec::new();
    for subject in [LARDER, BARE] {
        let mut totals = Vec::new();
        for hits in [FEW, MANY] {
            progress.say(format_args!("{subject}, {hits} hits"));
            totals.push(instructions(subject, hits).await?);
        }
        counts.push((totals[1] - totals[0]) / (MANY - FEW) as f64);
    }
    let peer = "GET and rmp-serde on the same embedded server";
    let row = Row::new(ID, counts[0], counts[1], peer, "instructions");
    Ok(vec![row.note("no release yet to compare with")])
}

/// What a whole process executes that makes so many hits.
async fn instructions(subject: &str, hits: u64) -> Result<f64> {
    let output = tokio::process::Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args([actor::FLAG, ID, subject, &hits.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| {
            format!("valgrind does not start: {error}; install the package valgrind")
        })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok());
    collected.ok_or_else(|| format!("callgrind counted nothing:\n{said}").into())
}

/// Makes the hits.
pub(super) async fn act(subject: &str, hits: &str) -> Result<()> {
    let hits: u64 = hits.parse()?;
    match subject {
        LARDER => larder_hits(hits).await,
        BARE => bare_hits(hits).await,
        other => Err(format!("there is no subject `{other}`").into()),
    }
}

async fn larder_hits(hits: u64) -> Result<()> {
    Larder::memory().install()?;
    for _ in 0..=hits {
        std::hint::black_box(user(7).await);
    }
    match source::loads() {
        1 => Ok(()),
        loads => Err(format!("the body ran {loads} times").into()),
    }
}

async fn bare_hits(hits: u64) -> Result<()> {
    let link = MemoryServer::new().connect();
    let clock = Clock::system();
    let call = || Call {
        deadline: clock.now() + Duration::from_secs(1),
        resend: Resend::Never,
    };
    let value = rmp_serde::to_vec_named(&source::load(7).await)?;
    let set = Command::new("SET").arg("users:7").arg(value);
    link.run(&set, &call()).await?;
    for _ in 0..=hits {
        let get = Command::new("GET").arg(format!("users:{}", 7));
        let stored = link.run(&get, &call()).await?.into_bytes("GET")?;
        let user: source::User = rmp_serde::from_slice(&stored.unwrap_or_default())?;
        std::hint::black_box(user);
    }
    Ok(())
}
