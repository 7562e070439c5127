//! Tests of several processes: the test binary started again, with a role to play.
//!
//! ```ignore
//! #[test]
//! fn two_processes_agree() {
//!     if let Some(stage) = processes::stage() {
//!         return play(&stage); // in the child: orders come in, reports go out
//!     }
//!     let mut child = Child::of_this_test("agreement::two_processes_agree", "reader", &[("URL", &url)]);
//!     assert_eq!(child.report(), "ready");
//!     child.order("go");
//!     child.wait(Duration::from_secs(10));
//! }
//! ```

use std::io::{BufRead, BufReader, Stdout, Write};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Says which role a child plays.
const ROLE: &str = "LARDER_TEST_ROLE";
/// Marks a report among what the test harness prints.
const REPORT: &str = "@report ";
/// How long a child may take for one report before the test has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// This test in another process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    orders: Option<ChildStdin>,
    reports: Receiver<String>,
}

/// The child's end of the connection with the test that started it.
#[derive(Debug)]
pub(crate) struct Stage {
    role: String,
    orders: Receiver<String>,
    reports: Stdout,
}

impl Child {
    /// Starts this test binary again with only the test of this name (with its modules) and these
    /// variables.
    pub(crate) fn of_this_test(test: &str, role: &str, variables: &[(&str, &str)]) -> Self {
        let binary = std::env::current_exe().expect("the test binary");
        let mut process = Command::new(binary)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts");
        let orders = process.stdin.take();
        let output = process.stdout.take().expect("a pipe");
        let (sender, reports) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // The harness may have begun the line with the test's name.
                if let Some((_, report)) = line.split_once(REPORT) {
                    let _ = sender.send(report.to_owned());
                }
            }
        });
        Self {
            process,
            orders,
            reports,
        }
    }

    /// The next report.
    ///
    /// # Panics
    /// If the child ends, or takes more than half a minute, without one.
    pub(crate) fn report(&self) -> String {
        match self.reports.recv_timeout(PATIENCE) {
            Ok(report) => report,
            Err(error) => {
                panic!("no report from the child: {error}. If it ran no test, its name is wrong")
            }
        }
    }

    /// Says something to the child.
    pub(crate) fn order(&mut self, order: &str) {
        let pipe = self
            .orders
            .as_mut()
            .expect("open until the child is dropped");
        writeln!(pipe, "{order}").expect("the child listens");
        pipe.flush().expect("the child listens");
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("our own child");
        self.process.wait().expect("a killed child ends");
    }

    /// Waits for it to end well.
    ///
    /// # Panics
    /// If it fails, or does not end in time.
    pub(crate) fn wait(&mut self, patience: Duration) {
        let looks = patience.as_millis() / PAUSE_BETWEEN_LOOKS.as_millis();
        for _ in 0..looks.max(1) {
            if let Some(status) = self.process.try_wait().expect("our own child") {
                assert!(status.success(), "the child failed: {status}");
                return;
            }
            std::thread::sleep(PAUSE_BETWEEN_LOOKS);
        }
        panic!("the child did not end within {patience:?}");
    }

    /// Waits for it to end, well or not, after [`kill`](Self::kill) or an order to end badly.
    pub(crate) fn status(&mut self) -> ExitStatus {
        self.process.wait().expect("our own child")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// In a child, its end of the connection; `None` in the test itself.
pub(crate) fn stage() -> Option<Stage> {
    let role = std::env::var(ROLE).ok()?;
    let (sender, orders) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
        // Whoever started this process is gone, however it ended: nobody needs it any more.
        std::process::exit(1);
    });
    Some(Stage {
        role,
        orders,
        reports: std::io::stdout(),
    })
}

impl Stage {
    /// The role to play.
    pub(crate) fn role(&self) -> &str {
        &self.role
    }

    /// Waits for the next order.
    pub(crate) fn order(&self) -> String {
        self.orders
            .recv_timeout(PATIENCE)
            .expect("an order from the test")
    }

    /// Says something to the test.
    pub(crate) fn report(&self, report: impl std::fmt::Display) {
        writeln!(self.reports.lock(), "{REPORT}{report}").expect("the test listens");
    }
}

/// A variable that the test set for its child.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("the test did not set {name}"))
}
