//! The keys of a batch that others are loading: each is waited for as a call of its own would wait,
//! all of them side by side.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::refresh::due;
use crate::cache::answer::{Answer, Answering};
use crate::cache::copies::Copies;
use crate::cache::due::Due;
use crate::cache::flight::Leader;
use crate::cache::load::{met, take_share};
use crate::cache::policy::Policy;
use crate::cache::shape::{CacheValue, Shape};
use crate::cache::staleness::Age;
use crate::cache::stored::Stored;
use crate::cache::turn::{Foreseen, Request, Turn};
use crate::error::{Error, Result};
use crate::metrics::Event;

/// What the wait for one key has come to.
pub(super) enum Waited<S: Shape> {
    /// Its value, or the error of whoever has loaded it.
    Answered(Result<S::Value, S::Error>),
    /// The same, and it is to be refreshed.
    Due(Result<S::Value, S::Error>, Box<Due>),
    /// It is this call's turn to load it.
    Lead(Leader),
    /// It is loaded by this call and not stored.
    Alone,
    /// The server could not be asked.
    Lost(Error),
}

/// Waits for one key.
pub(super) async fn wait<S: Shape<Value: CacheValue>>(
    stored: Stored<'_>,
    policy: &Policy<S>,
    mut request: Request<'_>,
) -> Waited<S> {
    let target = stored.target();
    loop {
        let turn = request.turn().await;
        let mut answering = Answering::<S, _>::new(policy);
        match turn {
            Turn::Hit(read, foreseen) => match stored.read(&mut answering, &read.bytes) {
                Ok(found) if stored.age(&found) == Age::Expired => {
                    target.note(Event::Expired);
                    request.refuse(&read.bytes);
                }
                Ok(found) => {
                    Copies::new(stored, answering.judge().copying())
                        .keep(&read, &found, &answering);
                    stored.prolong(&found);
                    if foreseen == Foreseen::No {
                        let lives = stored.lives(&found);
                        target.engine.foresight().saw(target.key(), lives);
                    }
                    let age = stored.age(&found);
                    let due = due(&stored, &found, age, read);
                    return match (due, answering.take()) {
                        (Some(due), Some(outcome)) => Waited::Due(outcome, due),
                        (_, answered) => {
                            target.note(met(found.side, age));
                            answered.map_or(Waited::Alone, Waited::Answered)
                        }
                    };
                }
                Err(event) => {
                    target.note(event);
                    request.refuse(&read.bytes);
                }
            },
            Turn::Lead(leader) => return Waited::Lead(leader),
            Turn::Shared(outcome) => match take_share(&stored, &outcome, &mut answering) {
                Some(()) => {
                    target.note(Event::Shared);
                    return answering.take().map_or(Waited::Alone, Waited::Answered);
                }
                None => return Waited::Alone,
            },
            Turn::Alone => return Waited::Alone,
            Turn::Degraded(error) => return Waited::Lost(error),
        }
    }
}

/// Waits until one of these is there, and answers all that are: none of them has to wait for the
/// next.
pub(super) async fn those_ready<F: Future + ?Sized>(
    waiting: &mut Vec<(usize, Pin<Box<F>>)>,
) -> Vec<(usize, F::Output)> {
    poll_fn(|context| {
        let mut ready = Vec::new();
        waiting.retain_mut(|(place, wait)| match wait.as_mut().poll(context) {
            Poll::Ready(waited) => {
                ready.push((*place, waited));
                false
            }
            Poll::Pending => true,
        });
        if ready.is_empty() && !waiting.is_empty() {
            return Poll::Pending;
        }
        Poll::Ready(ready)
    })
    .await
}
