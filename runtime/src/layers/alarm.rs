//! One timer for all calls that wait.
//!
//! Nearly every call is answered long before its deadline, so a timer of its own is set up and taken down for nothing, under a lock that all tasks of the runtime share.
//! Here who waits leaves his deadline and his waker, and one task, the *keeper*, sleeps until the first deadline that it knows of. Then it wakes whoever is due, and looks
//! for the next: a few times in the longest of the deadlines, however many calls came and went meanwhile.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Task, Poll, Waker};

use slab::Slab;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::clock::{Clock, Elapsed, Moment};

/// Wakes calls at their deadlines.
#[derive(Debug)]
pub(crate) struct Alarm(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    /// Where it was made, for those who wait outside of any runtime.
    home: Option<Handle>,
    state: Mutex<State>,
    /// Somebody is due before the keeper looks.
    hurry: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: Slab<Waiting>,
    /// When the keeper looks at the latest; nothing if there is none.
    looks_at: Option<Moment>,
}

/// Somebody who waits.
#[derive(Debug)]
struct Waiting {
    deadline: Moment,
    /// Taken once the deadline has come.
    waker: Option<Waker>,
}

/// A place among those who wait, if it was taken. Dropping it gives it up.
struct Place<'alarm> {
    shared: &'alarm Arc<Shared>,
    deadline: Moment,
    number: Option<usize>,
}

/// The keeper while it keeps. Should it end with its runtime, those who wait have another kept.
struct Keeping(Option<Arc<Shared>>);

impl Alarm {
    /// An alarm by this clock.
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Shared {
            clock,
            home: Handle::try_current().ok(),
            state: Mutex::default(),
            hurry: Notify::new(),
        }))
    }

    /// The future's output, unless `deadline` comes first. It is pinned by the caller: who hands a future on by value keeps it once more.
    pub(crate) async fn timeout_at<F: Future>(
        &self,
        deadline: Moment,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Elapsed> {
        let mut place = Place {
            shared: &self.0,
            deadline,
            number: None,
        };
        poll_fn(move |task| match future.as_mut().poll(task) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => place.poll(task).map(Err),
        })
        .await
    }
}

impl Place<'_> {
    fn poll(&mut self, task: &mut Task<'_>) -> Poll<Elapsed> {
        let waker = task.waker();
        let mut state = self.shared.state();
        let replaced = match self.number {
            None => {
                self.number = Some(state.waiting.insert(Waiting {
                    deadline: self.deadline,
                    waker: Some(waker.clone()),
                }));
                None
            }
            Some(number) => match &mut state.waiting[number].waker {
                None => return Poll::Ready(Elapsed),
                Some(known) if known.will_wake(waker) => None,
                Some(known) => Some(std::mem::replace(known, waker.clone())),
            },
        };
        let looks_at = state.looks_at;
        let is_in_time = looks_at.is_some_and(|moment| moment <= self.deadline);
        if !is_in_time {
            state.looks_at = Some(self.deadline);
        }
        drop(state);
        // Not before: with its last waker a task goes, and with the task whatever place it has here.
        drop(replaced);
        match looks_at {
            Some(_) if is_in_time => {}
            Some(_) => self.shared.hurry.notify_one(),
            None => self.shared.have_it_kept(),
        }
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waiting = self.shared.state().waiting.remove(number);
            drop(waiting);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a keeper look, in the runtime of whoever asks for it.
    fn have_it_kept(self: &Arc<Self>) {
        // Should there be no runtime it ends right here, and whoever comes next asks again.
        let keeping = Keeping(Some(Arc::clone(self)));
        let runtime = Handle::try_current().ok().or_else(|| self.home.clone());
        if let Some(runtime) = runtime {
            runtime.spawn(keep(keeping));
        }
    }

    /// Wakes whoever is due; answers when to look again, if anybody waits.
    fn look(&self) -> Option<Moment> {
        let now = self.clock.now();
        let mut due = Vec::new();
        let mut state = self.state();
        let mut next: Option<Moment> = None;
        for (_, waiting) in &mut state.waiting {
            if waiting.deadline <= now {
                due.extend(waiting.waker.take());
            } else {
                next = Some(next.map_or(waiting.deadline, |next| next.min(waiting.deadline)));
            }
        }
        state.looks_at = next;
        drop(state);
        due.into_iter().for_each(Waker::wake);
        next
    }
}

async fn keep(mut keeping: Keeping) {
    while let Some(shared) = &keeping.0 {
        match shared.look() {
            Some(next) => tokio::select! {
                biased;
                () = shared.hurry.notified() => {}
                () = shared.clock.sleep_until(next) => {}
            },
            // Nobody waits.
            None => keeping.0 = None,
        }
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let Some(shared) = &self.0 else { return };
        let mut state = shared.state();
        state.looks_at = None;
        let wakers = state.waiting.iter();
        let wakers: Vec<_> = wakers
            .filter_map(|(_, waiting)| waiting.waker.clone())
            .collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, pending, ready};
    use std::pin::pin;
    use std::time::Duration;

    use tokio::runtime::Runtime;

    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    type Waited = Result<(), Elapsed>;

    fn alarm() -> (Alarm, Clock) {
        let clock = Clock::system();
        (Alarm::new(clock.clone()), clock)
    }

    /// Waits for what never comes.
    async fn wait(alarm: &Alarm, deadline: Moment) -> Waited {
        alarm.timeout_at(deadline, pin!(pending())).await
    }

    /// What a task answers, which must not wait for ever.
    async fn answer(clock: &Clock, task: impl Future<Output = Waited>) -> Waited {
        let patience = clock.now() + 30_000 * MILLI;
        clock.timeout_at(patience, task).await.expect("it is woken")
    }

    /// Polls once, by this waker.
    fn poll(waiting: Pin<&mut impl Future<Output = Waited>>, waker: &Waker) -> Poll<Waited> {
        waiting.poll(&mut Task::from_waker(waker))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_handed_on() {
        let (alarm, clock) = alarm();
        let there: Pin<&mut Ready<_>> = pin!(ready(7));
        assert_eq!(alarm.timeout_at(clock.now(), there).await, Ok(7));
        let late = pin!(clock.sleep(20 * MILLI));
        assert_eq!(
            alarm.timeout_at(clock.now() + 30 * MILLI, late).await,
            Ok(())
        );
    }

    /// In whatever order they come, and whoever has gone meanwhile.
    #[tokio::test(start_paused = true)]
    async fn each_is_woken_at_his_own_deadline() {
        let (alarm, clock) = alarm();
        let (alarm, start) = (Arc::new(alarm), clock.now());
        let mut tasks = tokio::task::JoinSet::new();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let (alarm, clock) = (Arc::clone(&alarm), clock.clone());
            let after = random.u32(1..500) * MILLI;
            let is_answered = random.bool();
            tasks.spawn(async move {
                if is_answered {
                    let answer = pin!(clock.sleep(after / 2));
                    assert_eq!(alarm.timeout_at(start + after, answer).await, Ok(()));
                } else {
                    assert_eq!(wait(&alarm, start + after).await, Err(Elapsed));
                    assert_eq!(clock.now().saturating_since(start), after);
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        assert!(alarm.0.state().waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_keeper_ends_when_nobody_waits_and_is_there_again_for_the_next() {
        let (alarm, clock) = alarm();
        for _ in 0..2 {
            let waiting = pin!(wait(&alarm, clock.now() + 10 * MILLI));
            assert!(poll(waiting, Waker::noop()).is_pending());
            assert!(alarm.0.state().looks_at.is_some());
            clock.sleep(11 * MILLI).await;
            tokio::task::yield_now().await;
            assert_eq!(alarm.0.state().looks_at, None);
            assert_eq!(Arc::strong_count(&alarm.0), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_moved_to_another_task_is_woken_there() {
        let (alarm, clock) = alarm();
        let start = clock.now();
        let mut waiting = Box::pin(wait(&alarm, start + 10 * MILLI));
        assert!(poll(waiting.as_mut(), Waker::noop()).is_pending());
        assert_eq!(answer(&clock, waiting).await, Err(Elapsed));
        assert_eq!(clock.now().saturating_since(start), 10 * MILLI);
    }

    #[cfg(feature = "testing")]
    #[tokio::test]
    async fn a_clock_that_is_moved_by_hand_wakes_whom_that_makes_due() {
        let (alarm, clock) = alarm();
        let deadline = clock.now() + 3_600_000 * MILLI;
        let waiting = tokio::spawn(async move { wait(&alarm, deadline).await });
        tokio::task::yield_now().await;
        clock.advance(3_600_000 * MILLI);
        let waiting = async { waiting.await.unwrap() };
        assert_eq!(answer(&clock, waiting).await, Err(Elapsed));
    }

    #[tokio::test(start_paused = true)]
    async fn the_keeper_looks_earlier_for_whoever_is_due_earlier() {
        let (alarm, clock) = alarm();
        let start = clock.now();
        let mut long = Box::pin(wait(&alarm, start + 500 * MILLI));
        assert!(poll(long.as_mut(), Waker::noop()).is_pending());
        tokio::task::yield_now().await;
        assert_eq!(wait(&alarm, start + 20 * MILLI).await, Err(Elapsed));
        assert_eq!(clock.now().saturating_since(start), 20 * MILLI);
        assert_eq!(long.await, Err(Elapsed));
    }

    /// The keeper is a task of the runtime of whoever came first.
    #[tokio::test]
    async fn a_runtime_that_ends_leaves_nobody_of_another_without_his_deadline() {
        let (alarm, clock) = alarm();
        let deadline = clock.now() + 20 * MILLI;
        let mut theirs = Box::pin(wait(&alarm, deadline));
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().build().unwrap();
        {
            let _within = runtime.enter();
            assert!(poll(theirs.as_mut(), Waker::noop()).is_pending());
        }
        let mut ours = Box::pin(wait(&alarm, deadline));
        let ended = async {
            let mut runtime = Some(runtime);
            poll_fn(|task| {
                let polled = ours.as_mut().poll(task);
                // While it waits.
                runtime
                    .take()
                    .into_iter()
                    .for_each(Runtime::shutdown_background);
                polled
            })
            .await
        };
        assert_eq!(answer(&clock, ended).await, Err(Elapsed));
        assert_eq!(answer(&clock, theirs).await, Err(Elapsed));
    }

    #[test]
    fn who_waits_outside_of_a_runtime_is_woken_from_where_the_alarm_was_made() {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_time().build().unwrap();
        let (alarm, clock) = runtime.block_on(async { alarm() });
        let waiting = wait(&alarm, clock.now() + 5 * MILLI);
        assert_eq!(run_alone(waiting), Err(Elapsed));
    }

    /// Runs a future on this thread, without a runtime.
    fn run_alone<F: Future>(future: F) -> F::Output {
        struct Unpark(std::thread::Thread);
        impl std::task::Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut Task::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}
