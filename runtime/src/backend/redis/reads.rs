//! Reads of callers who come at the same time go to the server as one `MGET`.
//!
//! As long as few requests are under way, each goes by itself and at once. Who comes when there are many joins a group, which leaves as soon as every task that is ready has had its turn. A group
//! waits for no reply, so nobody is held up longer than those need who were woken with him. The server does for a group once what it would do for each command, and so does
//! this process: a request, a reply, a message from task to task.
//! See `docs/decisions/0020-reads-together.md`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redis::{Cmd, RedisResult, Value};
use tokio::runtime::{self, Handle};
use tokio::sync::oneshot::{self, Receiver, Sender};

use super::convert::server_error;
use super::link::Link;
use crate::backend::Command;

/// With so many requests under way, reads go together. Groups of a few cost more than they save.
const MANY: usize = 48;
/// So many go together: one reply holds what all of them are answered.
const MOST_TOGETHER: usize = 32;
/// Room for the keys of a group, if they are of an ordinary length.
const BYTES: usize = 64 * MOST_TOGETHER;

/// Who reads on one connection.
#[derive(Default)]
pub(super) struct Reads {
    /// Whether this server has refused a group, as it does if the user may `GET` only.
    refuses: AtomicBool,
    next: Mutex<Group>,
}

/// How somebody goes.
pub(super) enum Passage {
    Alone,
    Together(Receiver<RedisResult<Value>>),
}

/// Those who go together.
#[derive(Default)]
struct Group {
    /// Where the task runs that is to carry it, once there is somebody.
    carried_in: Option<runtime::Id>,
    /// What is asked, once there is somebody.
    command: Cmd,
    keys: usize,
    members: Vec<Member>,
}

/// Somebody who goes with others.
struct Member {
    answer: Sender<RedisResult<Value>>,
    asked: Asked,
}

/// What somebody has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    One,
    Several(usize),
}

/// Who is to carry the next group. Should the task end with its runtime, the group is given up, and each asks by himself.
struct Carrier(Option<Arc<Link>>);

impl Reads {
    /// Has somebody go by himself, or with those who wait for the next turn.
    pub(super) fn board(&self, link: &Arc<Link>, command: &Command) -> Passage {
        if link.traffic().count() < MANY || self.refuses.load(Ordering::Relaxed) {
            return Passage::Alone;
        }
        // Without a runtime nobody carries.
        let Ok(runtime) = Handle::try_current() else {
            return Passage::Alone;
        };
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        // Another runtime may stand still, and its tasks with it.
        if next.carried_in.is_some_and(|other| other != runtime.id()) {
            return Passage::Alone;
        }
        let (answer, answered) = oneshot::channel();
        next.add(command, answer);
        match next.members.len() {
            1 => {
                next.carried_in = Some(runtime.id());
                drop(next);
                runtime.spawn(carry(Carrier(Some(Arc::clone(link)))));
            }
            MOST_TOGETHER => {
                let full = std::mem::take(&mut *next);
                drop(next);
                runtime.spawn(full.go(Arc::clone(link)));
            }
            _ => {}
        }
        Passage::Together(answered)
    }

    /// The next group, which nobody joins any more.
    fn take(&self) -> Group {
        std::mem::take(&mut self.next.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a server does not do now it may do later; what it never does it is not asked again.
    fn note(&self, refusal: &Value) {
        if let Value::ServerError(error) = refusal
            && !server_error(error).during("MGET").is_temporary()
        {
            self.refuses.store(true, Ordering::Relaxed);
        }
    }
}

/// Carries whoever has come by the next turn.
async fn carry(mut carrier: Carrier) {
    tokio::task::yield_now().await;
    if let Some(link) = carrier.0.take() {
        let group = link.reads().take();
        group.go(link).await;
    }
}

impl Group {
    fn add(&mut self, command: &Command, answer: Sender<RedisResult<Value>>) {
        if self.members.is_empty() {
            self.members.reserve(MOST_TOGETHER);
            self.command = Cmd::with_capacity(1 + MOST_TOGETHER, BYTES);
            self.command.arg("MGET");
        }
        let mut count = 0;
        for key in command.words().skip(1) {
            self.command.arg(key);
            count += 1;
        }
        self.keys += count;
        let asked = match command.name() {
            "GET" => Asked::One,
            _ => Asked::Several(count),
        };
        self.members.push(Member { answer, asked });
    }

    /// Asks for all of them, and tells each his own. Whoever has gone meanwhile is told in vain.
    async fn go(self, link: Arc<Link>) {
        if self.members.is_empty() {
            return;
        }
        match link.send(&self.command).await {
            Ok(Value::Array(values)) if values.len() == self.keys => {
                let mut values = values.into_iter();
                for Member { answer, asked } in self.members {
                    let _ = answer.send(Ok(asked.take_from(&mut values)));
                }
            }
            // Each asks by himself, and hears why.
            Ok(refusal) => link.reads().note(&refusal),
            Err(error) => {
                for member in self.members {
                    let _ = member.answer.send(Err(error.clone()));
                }
            }
        }
    }
}

impl Asked {
    fn take_from(self, values: &mut impl Iterator<Item = Value>) -> Value {
        match self {
            Self::One => values.next().unwrap_or(Value::Nil),
            Self::Several(count) => Value::Array(values.take(count).collect()),
        }
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(link) = &self.0 {
            drop(link.reads().take());
        }
    }
}
