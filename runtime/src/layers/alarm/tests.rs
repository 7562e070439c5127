//! Deadlines, kept by one timer.

use std::future::{Ready, pending, ready};
use std::pin::pin;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

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
        assert!(alarm.0.state().keeper.is_some());
        clock.sleep(11 * MILLI).await;
        tokio::task::yield_now().await;
        assert!(alarm.0.state().keeper.is_none());
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
    assert_eq!(answer(&clock, long).await, Err(Elapsed));
    assert_eq!(clock.now().saturating_since(start), 500 * MILLI);
}

/// The keeper is a task of the runtime of whoever came first.
#[tokio::test]
async fn a_runtime_that_ends_leaves_nobody_of_another_without_his_deadline() {
    let (alarm, clock) = alarm();
    let start = clock.now();
    let deadline = start + 20 * MILLI;
    let mut theirs = Box::pin(wait(&alarm, deadline));
    let runtime = Builder::new_current_thread();
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
    assert!(clock.now().saturating_since(start) < 10_000 * MILLI);
}

/// It is alive, but nobody drives it.
#[tokio::test]
async fn a_runtime_that_stands_still_holds_up_nobody_of_another() {
    let (alarm, clock) = alarm();
    let deadline = clock.now() + 20 * MILLI;
    let runtime = Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    let mut theirs = Box::pin(wait(&alarm, deadline));
    {
        let _within = runtime.enter();
        assert!(poll(theirs.as_mut(), Waker::noop()).is_pending());
    }
    let start = clock.now();
    assert_eq!(answer(&clock, wait(&alarm, deadline)).await, Err(Elapsed));
    assert!(clock.now().saturating_since(start) < 10_000 * MILLI);
    runtime.shutdown_background();
}

#[test]
fn who_waits_outside_of_a_runtime_is_woken_from_where_the_alarm_was_made() {
    let runtime = Builder::new_multi_thread();
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
