//! Callers whose reads go to the server as one `MGET`: who they are, and what each is answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{Cmd, RedisResult, Value};
use tokio::runtime;
use tokio::sync::oneshot::{self, Receiver, Sender};

use super::convert::server_error;
use crate::backend::Command;

/// So many go together: one reply holds what all of them are answered.
const MOST_TOGETHER: usize = 32;
/// Room for the keys of a group, if they are of an ordinary length.
const BYTES: usize = 64 * MOST_TOGETHER;

/// Who is to read on one connection.
#[derive(Default)]
pub(super) struct Reads {
    /// Whether this server has refused a group, as it does if the user may `GET` only.
    refuses: AtomicBool,
    next: Mutex<Group>,
}

/// Those who go together.
#[derive(Default)]
pub(super) struct Group {
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

impl Reads {
    /// Whether no groups are to be sent any more.
    pub(super) fn are_refused(&self) -> bool {
        self.refuses.load(Ordering::Relaxed)
    }

    /// Those who wait for the next turn.
    pub(super) fn next(&self) -> MutexGuard<'_, Group> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next group, which nobody joins any more.
    pub(super) fn take(&self) -> Group {
        std::mem::take(&mut self.next())
    }

    /// What a server does not do now it may do later; what it never does it is not asked again.
    pub(super) fn note(&self, refusal: &Value) {
        if let Value::ServerError(error) = refusal
            && !server_error(error).during("MGET").is_temporary()
        {
            self.refuses.store(true, Ordering::Relaxed);
        }
    }
}

impl Group {
    /// Whether somebody is there already, whose task runs elsewhere: another runtime may stand
    /// still, and its tasks with it.
    pub(super) fn is_carried_outside_of(&self, runtime: runtime::Id) -> bool {
        self.carried_in.is_some_and(|other| other != runtime)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.members.len() == MOST_TOGETHER
    }

    /// What all of them ask.
    pub(super) fn command(&self) -> &Cmd {
        &self.command
    }

    /// One more, who asks this, in the runtime that the group is carried in.
    pub(super) fn join(
        &mut self,
        command: &Command,
        runtime: runtime::Id,
    ) -> Receiver<RedisResult<Value>> {
        if self.is_empty() {
            self.carried_in = Some(runtime);
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
        let (answer, answered) = oneshot::channel();
        self.members.push(Member { answer, asked });
        answered
    }

    /// Tells each his own; answers what the server has said in place of it. Then each asks by
    /// himself, and hears why. Whoever has gone meanwhile is told in vain.
    pub(super) fn tell(self, answer: RedisResult<Value>) -> Result<(), Value> {
        match answer {
            Ok(Value::Array(values)) if values.len() == self.keys => {
                let mut values = values.into_iter();
                for Member { answer, asked } in self.members {
                    let _ = answer.send(Ok(asked.take_from(&mut values)));
                }
                Ok(())
            }
            Ok(refusal) => Err(refusal),
            Err(error) => {
                for member in self.members {
                    let _ = member.answer.send(Err(error.clone()));
                }
                Ok(())
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
