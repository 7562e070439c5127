//! What the server keeps of each call, and the four steps on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::spec::IdempotencySpec;
use crate::backend::{Backend, Call, Command, Reply, Resend, Script};
use crate::codec::envelope::Token;
use crate::context::{Context, Question};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::length::millis_at_least_one as millis;

/// The records of one Larder.
#[derive(Debug)]
pub(crate) struct Records {
    context: Arc<Context>,
    scripts: Scripts,
    attempts: AtomicU64,
}

#[derive(Debug)]
struct Scripts {
    begin: Script,
    go_on: Script,
    complete: Script,
    abandon: Script,
}

/// What came of asking to run.
#[derive(Debug)]
pub(super) enum Begun {
    /// The asker runs.
    Run,
    /// Another one does, and is heard of for so long at least.
    Running(Duration),
    /// The call has completed with this.
    Done(Vec<u8>),
    /// The key is another request's.
    Other,
}

/// Whether the server is to tell when the record changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tracking {
    On,
    Off,
}

/// Whether the run is still this attempt's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Ours,
    Lost,
}

impl Records {
    /// Records on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            scripts: Scripts {
                begin: Script::new(include_str!("begin.lua")),
                go_on: Script::new(include_str!("continue.lua")),
                complete: Script::new(include_str!("complete.lua")),
                abandon: Script::new(include_str!("abandon.lua")),
            },
            attempts: AtomicU64::new(0),
        }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// What tells an attempt that begins now from all others, wherever they run.
    pub(super) fn next_token(&self) -> Token {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        let mut token = [0; 16];
        token[..8].copy_from_slice(&self.context.identity().to_be_bytes());
        token[8..].copy_from_slice(&attempt.to_be_bytes());
        Token::new(token)
    }

    /// Begins a run, or says what has become of it; answers too whether the server tells of
    /// changes, if that was asked for.
    pub(super) async fn begin(
        &self,
        spec: &IdempotencySpec,
        key: &Key,
        token: Token,
        fingerprint: &[u8],
        tracking: Tracking,
    ) -> Result<(Begun, Tracking)> {
        let begin = self
            .scripts
            .begin
            .on(&[key])
            .arg(token.as_bytes().as_slice())
            .arg(fingerprint)
            .arg(millis(spec.lease))
            .arg(millis(spec.ttl));
        // Sent twice it is begun once: the token is known.
        let call = self.context.command_call(Resend::Idempotent);
        let (reply, tracking) = match tracking {
            Tracking::Off => {
                let reply = self.context.backend().script(&begin, &call).await?;
                (reply, Tracking::Off)
            }
            Tracking::On => {
                let track = Command::new("CLIENT").arg("CACHING").arg("YES");
                let questions = [Question::Command(track), Question::Script(begin)];
                let mut replies = self.context.ask(&questions, &call).await?;
                let reply = replies.pop().unwrap_or(Reply::Nil).checked("idempotent")?;
                let tracking = match replies.pop() {
                    Some(Reply::Error(_)) | None => Tracking::Off,
                    Some(_) => Tracking::On,
                };
                (reply, tracking)
            }
        };
        self.context.degradation().answered();
        let found = self.begun(reply)?;
        if matches!(found, Begun::Run) {
            self.context.degradation().wrote();
        }
        Ok((found, tracking))
    }

    fn begun(&self, reply: Reply) -> Result<Begun> {
        const OPERATION: &str = "idempotent";
        let mut parts = reply.into_array(OPERATION)?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil);
        let now = next().into_int(OPERATION)?;
        self.context.server_time().observe(now);
        let state = next().into_bytes(OPERATION)?.unwrap_or_default();
        Ok(match &*state {
            b"run" => Begun::Run,
            b"other" => Begun::Other,
            b"done" => Begun::Done(next().into_bytes(OPERATION)?.unwrap_or_default()),
            b"running" => {
                let left = next().into_int(OPERATION)?.saturating_sub(now);
                Begun::Running(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
            }
            _ => {
                let message = "the script answered with a state that there is not";
                return Err(Error::new(ErrorKind::Protocol, OPERATION, message));
            }
        })
    }

    /// Lets a run go on for another lease.
    pub(super) async fn go_on(
        &self,
        spec: &IdempotencySpec,
        key: &Key,
        token: Token,
        call: &Call,
    ) -> Result<Standing> {
        let go_on = self
            .scripts
            .go_on
            .on(&[key])
            .arg(token.as_bytes().as_slice())
            .arg(millis(spec.lease))
            .arg(millis(spec.ttl));
        Standing::of(self.context.backend().script(&go_on, call).await?)
    }

    /// Stores the result of a run.
    pub(super) async fn complete(
        &self,
        spec: &IdempotencySpec,
        key: &Key,
        token: Token,
        result: &[u8],
        call: &Call,
    ) -> Result<Standing> {
        let complete = self
            .scripts
            .complete
            .on(&[key])
            .arg(token.as_bytes().as_slice())
            .arg(result)
            .arg(millis(spec.ttl));
        Standing::of(self.context.backend().script(&complete, call).await?)
    }

    /// Gives up a run.
    pub(super) async fn abandon(&self, key: &Key, token: Token) -> Result<Standing> {
        let abandon = self
            .scripts
            .abandon
            .on(&[key])
            .arg(token.as_bytes().as_slice());
        let call = self.context.command_call(Resend::Idempotent);
        Standing::of(self.context.backend().script(&abandon, &call).await?)
    }

    /// The result of this request's call, if it has completed.
    pub(super) async fn result(&self, key: &Key, fingerprint: &[u8]) -> Result<Option<Vec<u8>>> {
        const OPERATION: &str = "idempotent";
        let read = Command::new("HMGET").arg(key);
        let read = read.arg("fingerprint").arg("result");
        let call = self.context.command_call(Resend::Idempotent);
        let reply = self.context.backend().run(&read, &call).await?;
        let mut fields = reply.into_array(OPERATION)?.into_iter();
        let mut next = || fields.next().unwrap_or(Reply::Nil).into_bytes(OPERATION);
        let (whose, result) = (next()?, next()?);
        // Meanwhile the key may have become another request's.
        Ok(result.filter(|_| whose.as_deref() == Some(fingerprint)))
    }

    /// Removes the record, whatever it says; answers whether there was one.
    pub(super) async fn forget(&self, key: &Key) -> Result<bool> {
        let remove = Command::new("UNLINK").arg(key);
        let call = self.context.command_call(Resend::Idempotent);
        let reply = self.context.backend().run(&remove, &call).await?;
        Ok(reply.into_int("forget")? > 0)
    }
}

impl Standing {
    fn of(reply: Reply) -> Result<Self> {
        Ok(match reply.into_int("idempotent")? {
            0 => Self::Lost,
            _ => Self::Ours,
        })
    }
}
