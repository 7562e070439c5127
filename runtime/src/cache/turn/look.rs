//! What a key holds, and what that is to the call.

use std::time::Duration;

use super::request::{Keeping, Request};
use crate::backend::Backend;
use crate::cache::belonging::{Aim, Verdict};
use crate::cache::flight::Seen;
use crate::cache::lease::Digest;
use crate::cache::local::{Answered, Reading};
use crate::cache::observed::Glance;
use crate::clock::Moment;
use crate::codec::envelope::{self, Token};
use crate::error::Result;
use crate::key::TagKey;
use crate::metrics::Event;

/// A value that was read.
pub(crate) struct Read {
    pub(crate) bytes: Vec<u8>,
    /// What it takes to keep a copy of it, if that may be done.
    pub(crate) answered: Option<Box<Answered>>,
}

/// What a look has found.
pub(super) enum Looked {
    Value(Read),
    /// No value: this.
    Other(Box<Seen>),
}

/// What a key holds.
pub(super) enum Held {
    Nothing,
    Lease(Token, Option<Duration>),
    Value(Read),
}

/// What the key holds, what its groups are like, and what it takes to keep a copy.
type Seeing = (Option<Vec<u8>>, Glance, Option<Box<Answered>>);

impl Request<'_> {
    /// One look at the entry, now, and at what `aim` says beside it.
    pub(super) async fn look(&mut self, now: Moment, aim: Aim) -> Result<Looked> {
        let (bytes, glance, answered) = match self.keeping {
            // Boxed: calls that keep nothing do not come by it.
            Keeping::Yes => Box::pin(self.read_to_keep(now, aim)).await?,
            Keeping::No => self.read(now, aim).await?,
        };
        let held = match self.sort(bytes, None) {
            Held::Value(read) => {
                let read = Read { answered, ..read };
                self.judged(read, Some(&glance)).await?
            }
            held => held,
        };
        let lease = match held {
            Held::Value(read) => return Ok(Looked::Value(read)),
            Held::Lease(token, _) => Some((token, glance)),
            Held::Nothing => None,
        };
        self.budget.settle();
        self.engine.foresight().missed(self.target.key());
        Ok(Looked::Other(Box::new(Seen::Lease(lease))))
    }

    /// This value, unless one of its tags was invalidated.
    pub(super) async fn judged(&mut self, read: Read, glance: Option<&Glance>) -> Result<Held> {
        let read = match self.target.verdict(&read.bytes, glance) {
            Verdict::Good => return Ok(Held::Value(read)),
            Verdict::Outdated => read,
            // Boxed: most entries have no tags, and those that have are mostly read by whoever
            // knows them. What changes tags that nobody here knows is not told to this process, so
            // no copy is kept.
            Verdict::Ask(tags) => {
                if Box::pin(self.ask(tags)).await? {
                    return Ok(Held::Value(Read::of(read.bytes)));
                }
                read
            }
        };
        self.target.note(Event::Outdated);
        self.refuse(&read.bytes);
        Ok(Held::Nothing)
    }

    /// What these bytes are to this call.
    pub(super) fn sort(&self, bytes: Option<Vec<u8>>, left: Option<Duration>) -> Held {
        let Some(bytes) = bytes else {
            return Held::Nothing;
        };
        match envelope::lease_token(&bytes, self.target.key().as_bytes()) {
            Some(token) => Held::Lease(token, left),
            None if self
                .refused
                .as_ref()
                .is_some_and(|refused| refused.bytes == Digest::of(&bytes)) =>
            {
                Held::Nothing
            }
            None => Held::Value(Read::of(bytes)),
        }
    }

    async fn read(&mut self, now: Moment, aim: Aim) -> Result<Seeing> {
        let backend = self.engine.context().backend();
        let read = self.target.read_entry(aim);
        let call = self.budget.spend_last(now);
        let reply = backend.run(&read, &call).await?;
        let (bytes, glance) = self.target.entry_in(aim, reply)?;
        Ok((bytes, glance, None))
    }

    /// The same, after which the server tells when the key changes, or one of its tags.
    async fn read_to_keep(&mut self, now: Moment, aim: Aim) -> Result<Seeing> {
        let (engine, context) = (self.engine, self.engine.context());
        let key = self.target.key();
        let Some(reading) = Reading::begin(engine.local(), context, key, now) else {
            self.keeping = Keeping::No;
            return self.read(now, aim).await;
        };
        let pipeline = reading.pipeline(self.target.read_entry(aim));
        let call = self.budget.spend_last(now);
        let replies = context.backend().pipeline(&pipeline, &call).await?;
        let (reply, answered) = reading.take(replies)?;
        let (bytes, glance) = self.target.entry_in(aim, reply)?;
        Ok((bytes, glance, answered.map(Box::new)))
    }

    /// Whether these tags still have these versions.
    async fn ask(&mut self, versions: Vec<(TagKey, Token)>) -> Result<bool> {
        let tags = self.engine.tags();
        self.budget
            .spend(async |call| tags.all_hold(&versions, &call).await)
            .await
    }
}

impl Read {
    /// A value of which no copy may be kept: the server will not tell when it changes.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            answered: None,
        }
    }
}
