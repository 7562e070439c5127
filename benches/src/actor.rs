//! Other processes of this program: libraries keep what they have in statics, and some rows are
//! about a fleet.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use crate::measure::Result;

/// The first word of the command line of a process that plays a part; the words after it say which.
pub(crate) const FLAG: &str = "--act";

/// A process that plays a part. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Actor {
    _process: Child,
    orders: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
}

/// The actor's own end.
#[derive(Debug)]
pub(crate) struct Stage {
    orders: mpsc::UnboundedReceiver<String>,
}

impl Actor {
    /// Starts a process that plays the part which these words describe.
    pub(crate) fn start(part: &[&str]) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(FLAG)
            .args(part)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = process.stdin.take().ok_or("the actor has no input")?;
        let output = process.stdout.take().ok_or("the actor has no output")?;
        Ok(Self {
            _process: process,
            orders,
            reports: BufReader::new(output).lines(),
        })
    }

    /// Says something to it.
    pub(crate) async fn order(&mut self, order: &str) -> Result<()> {
        self.orders
            .write_all(format!("{order}\n").as_bytes())
            .await?;
        self.orders.flush().await?;
        Ok(())
    }

    /// What it says next.
    pub(crate) async fn report(&mut self) -> Result<String> {
        let line = self.reports.next_line().await?;
        line.ok_or_else(|| "the actor ended without a report".into())
    }
}

impl Stage {
    /// The stage of this process, which ends when nobody gives orders any more.
    pub(crate) fn enter() -> Self {
        let (sender, orders) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(std::result::Result::ok) {
                let _ = sender.send(line);
            }
            std::process::exit(0);
        });
        Self { orders }
    }

    /// The next order.
    pub(crate) async fn order(&mut self) -> Result<String> {
        self.orders
            .recv()
            .await
            .ok_or_else(|| "no more orders".into())
    }

    /// Says something to whoever gives the orders.
    #[allow(clippy::unused_self, reason = "only a stage has somebody to report to")]
    pub(crate) fn report(&self, report: impl std::fmt::Display) {
        println!("{report}");
    }
}
