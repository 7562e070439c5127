//! Sees to it that nothing outlives the tests that started it, however they end.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that waits for ours to end and then kills the server and removes its folder.
/// Destructors do not run for statics, nor when a test process is killed or aborts; the end of a
/// pipe is noticed always.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Watches over `server`, whose data are in `folder`.
    pub(crate) fn over(server: &Child, folder: &Path) -> Self {
        // `read` ends when the other end of the pipe is closed: only our process has it.
        let script = r#"read -r _; kill -9 "$1"; rm -rf -- "$2""#;
        let child = Command::new("/bin/sh")
            .args(["-c", script, "watchdog"])
            .arg(server.id().to_string())
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("/bin/sh starts");
        Self(child)
    }
}

impl Drop for Watchdog {
    /// Ends the watch without killing anything: the server's number may soon be another process's.
    fn drop(&mut self) {
        // It is our own child and not yet waited for, so the number is still its own.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
