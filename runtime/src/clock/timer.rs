//! The thread that wakes whoever sleeps by the machine's time.
//!
//! Nearly every call is answered long before its deadline. A timer of Tokio's for each would be set
//! up and taken down for nothing, under a lock that all tasks of the runtime share, and as long as
//! there is one, the kernel sets up one more whenever the runtime waits for a reply. Here who
//! sleeps leaves his moment and his waker in a list. The thread sleeps until the first moment that
//! it has seen, wakes whoever is due, and looks for the next: a few times in the length of a
//! deadline, however many calls came and went. It belongs to no runtime, so one that has ended, or
//! that nobody drives, holds up nobody of another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use slab::Slab;

use super::Time;

/// From one look to the next at the least: whoever is due in between is late by no more.
const PAUSE: Duration = Duration::from_millis(1);

/// The timer of this process.
pub(super) static TIMER: Timer = Timer::new();

/// Wakes sleepers. Its thread begins with the first of them.
#[derive(Debug)]
pub(super) struct Timer {
    state: Mutex<State>,
    /// Somebody is due before the thread looks.
    hurry: Condvar,
}

#[derive(Debug)]
struct State {
    sleepers: Slab<Sleeper>,
    /// When the thread looks at the latest, if it has anybody to look for.
    looks_at: Option<Instant>,
    has_thread: bool,
}

#[derive(Debug)]
struct Sleeper {
    at: Instant,
    /// Taken when he is woken.
    waker: Option<Waker>,
}

/// Somebody who sleeps, from his own side. Dropping it gives up his place.
#[derive(Debug)]
pub(super) struct Wait {
    timer: &'static Timer,
    /// His place among those who sleep, if he has taken one.
    number: Option<usize>,
}

impl Timer {
    const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                sleepers: Slab::new(),
                looks_at: None,
                has_thread: false,
            }),
            hurry: Condvar::new(),
        }
    }

    /// A place for somebody, who has not taken it yet.
    pub(super) fn wait(&'static self) -> Wait {
        Wait {
            timer: self,
            number: None,
        }
    }

    /// Has everybody look for himself: a clock was moved by hand.
    #[cfg(feature = "testing")]
    pub(super) fn wake_all(&self) {
        let state = self.state();
        let sleepers = state.sleepers.iter();
        let wakers: Vec<_> = sleepers
            .filter_map(|(_, sleeper)| sleeper.waker.clone())
            .collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the thread look by this moment.
    fn look_by(&'static self, state: &mut State, at: Instant, waker: &Waker) {
        if state.has_thread && state.looks_at.is_some_and(|looks_at| looks_at <= at) {
            return;
        }
        state.looks_at = Some(at);
        if state.has_thread {
            self.hurry.notify_one();
            return;
        }
        let thread = thread::Builder::new().name("larder-timer".to_owned());
        match thread.spawn(|| self.keep()) {
            Ok(_) => state.has_thread = true,
            // He asks again at once, and again until his moment has come: slow, but nobody sleeps
            // for ever.
            Err(error) => {
                tracing::warn!(%error, "no thread for timers");
                waker.wake_by_ref();
            }
        }
    }

    /// Wakes whoever is due, for as long as the process lives.
    fn keep(&self) {
        let mut due = Vec::new();
        let mut state = self.state();
        loop {
            let now = Time::Machine.now();
            state = match state.looks_at {
                None => {
                    let woken = self.hurry.wait(state);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
                Some(looks_at) if looks_at > now => {
                    let woken = self.hurry.wait_timeout(state, looks_at - now);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    state.look(now, &mut due);
                    // Who is woken may take a place, or give up one.
                    drop(state);
                    due.drain(..).for_each(wake);
                    self.state()
                }
            };
        }
    }
}

impl State {
    /// Takes the wakers of those who are due, and sees when to look again.
    fn look(&mut self, now: Instant, due: &mut Vec<Waker>) {
        let mut next: Option<Instant> = None;
        for (_, sleeper) in &mut self.sleepers {
            if sleeper.at <= now {
                due.extend(sleeper.waker.take());
            } else if sleeper.waker.is_some() {
                next = Some(next.map_or(sleeper.at, |next| next.min(sleeper.at)));
            }
        }
        self.looks_at = next.map(|next| next.max(now + PAUSE));
    }
}

/// Wakes somebody. A waker is foreign code, and all others go on sleeping if it ends the thread.
fn wake(waker: Waker) {
    if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
        tracing::error!("a waker has panicked");
    }
}

impl Wait {
    /// Ready when this moment has come. It may be another each time.
    pub(super) fn poll(&mut self, at: Instant, task: &Context<'_>) -> Poll<()> {
        let mut state = self.timer.state();
        let replaced = match self.number {
            None => {
                // Only who is the next to be woken can be late already.
                if state.looks_at.is_none_or(|looks_at| at < looks_at) && at <= Time::Machine.now()
                {
                    return Poll::Ready(());
                }
                let waker = Some(task.waker().clone());
                self.number = Some(state.sleepers.insert(Sleeper { at, waker }));
                None
            }
            Some(number) => {
                let sleeper = &mut state.sleepers[number];
                match &mut sleeper.waker {
                    None => return Poll::Ready(()),
                    Some(known) => {
                        sleeper.at = at;
                        (!known.will_wake(task.waker()))
                            .then(|| std::mem::replace(known, task.waker().clone()))
                    }
                }
            }
        };
        self.timer.look_by(&mut state, at, task.waker());
        drop(state);
        // Not before: with its last waker a task goes, and with the task whatever place it has
        // here.
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let sleeper = self.timer.state().sleepers.remove(number);
            drop(sleeper);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleepers(now: Instant, after: &[u64]) -> State {
        let mut state = State {
            sleepers: Slab::new(),
            looks_at: Some(now),
            has_thread: true,
        };
        for millis in after {
            let _ = state.sleepers.insert(Sleeper {
                at: now + Duration::from_millis(*millis),
                waker: Some(Waker::noop().clone()),
            });
        }
        state
    }

    /// Who is woken at one look, and when the next is, in milliseconds.
    fn look(state: &mut State, start: Instant, millis: u64) -> (usize, Option<u128>) {
        let mut due = Vec::new();
        state.look(start + Duration::from_millis(millis), &mut due);
        let next = state.looks_at.map(|next| (next - start).as_millis());
        (due.len(), next)
    }

    #[test]
    fn a_look_wakes_whoever_is_due_once_and_the_next_is_for_the_next() {
        let start = Time::Machine.now();
        let mut state = sleepers(start, &[30, 10, 20, 10, 20]);
        assert_eq!(look(&mut state, start, 9), (0, Some(10)));
        assert_eq!(look(&mut state, start, 10), (2, Some(20)));
        assert_eq!(look(&mut state, start, 25), (2, Some(30)));
        assert_eq!(look(&mut state, start, 31), (1, None));
        assert_eq!(look(&mut state, start, 40), (0, None));
    }

    #[test]
    fn who_is_late_already_sets_up_nothing() {
        let timer: &'static Timer = Box::leak(Box::new(Timer::new()));
        let task = Context::from_waker(Waker::noop());
        let mut wait = timer.wait();
        assert!(wait.poll(Time::Machine.now(), &task).is_ready());
        let state = timer.state();
        assert!(!state.has_thread && state.sleepers.is_empty());
    }

    #[test]
    fn many_who_are_due_one_after_the_other_are_one_look_a_millisecond() {
        let start = Time::Machine.now();
        let mut state = sleepers(start, &[]);
        for micros in 0..1_000 {
            let _ = state.sleepers.insert(Sleeper {
                at: start + Duration::from_micros(micros),
                waker: Some(Waker::noop().clone()),
            });
        }
        assert_eq!(look(&mut state, start, 0), (1, Some(1)));
        assert_eq!(look(&mut state, start, 1), (999, None));
    }
}
