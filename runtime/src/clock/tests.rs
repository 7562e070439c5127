//! Sleeping, by Tokio's clock and by the machine's.

use std::future::{pending, ready};
use std::task::{Context, Waker};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::*;

const MILLI: Duration = Duration::from_millis(1);

/// Patience is for what must come: a test that is broken ends by it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a task answers that is woken. The end of the patience comes first: whatever is asked then is
/// ready, woken or not.
async fn answer<T>(task: impl Future<Output = T>) -> T {
    let clock = Clock::system();
    tokio::select! {
        biased;
        () = clock.sleep(PATIENCE) => panic!("nobody has woken it"),
        answer = task => answer,
    }
}

/// Polls once, by this waker.
fn poll<T>(task: Pin<&mut impl Future<Output = T>>, waker: &Waker) -> Poll<T> {
    task.poll(&mut Context::from_waker(waker))
}

/// A runtime in which nothing runs.
fn idle_runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.unwrap()
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
        match poll(future.as_mut(), &waker) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_goes_by_the_monotonic_clock_whatever_the_wall_clock_shows() {
    // Two machines that are a century apart. What stands still here moves only Tokio's clock.
    for wall in [0, 100 * 365] {
        let clock = Clock::starting_at(Duration::from_hours(24 * wall));
        let wait = 50 * MILLI;
        let began = Time::Tokio.now();
        let late = clock.timeout_at(clock.now() + wait, pending::<()>());
        assert_eq!(late.await, Err(Elapsed));
        let passed = Time::Tokio.now().saturating_duration_since(began);
        assert_eq!(passed, wait, "{wall} days after the epoch");
        assert!(!clock.is_before(clock.now()));
    }
}

/// A server that is a process of its own does not stand still.
#[tokio::test(start_paused = true)]
async fn the_machines_clock_goes_on_while_tokios_is_paused() {
    let (tokio, machine) = (Clock::system(), Clock::machine());
    let (paused, began) = (tokio.now(), machine.now());
    run_alone(machine.sleep(5 * MILLI));
    assert!(machine.now().saturating_since(began) >= 5 * MILLI);
    assert_eq!(tokio.now(), paused);
}

#[tokio::test]
async fn what_is_there_in_time_is_handed_on() {
    let clock = Clock::machine();
    assert_eq!(clock.timeout_at(clock.now(), ready(7)).await, Ok(7));
    let late = clock.sleep(2 * MILLI);
    let in_time = clock.timeout_at(clock.now() + PATIENCE, late);
    assert_eq!(in_time.await, Ok(()));
}

/// In whatever order they come, and whoever has gone meanwhile.
#[tokio::test]
async fn each_is_woken_and_none_before_his_moment() {
    let clock = Clock::machine();
    let start = clock.now();
    let mut tasks = JoinSet::new();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let clock = clock.clone();
        let after = random.u32(1..100) * MILLI;
        let is_answered = random.bool();
        tasks.spawn(async move {
            if is_answered {
                let answer = clock.timeout_at(start + PATIENCE, clock.sleep(after));
                assert_eq!(answer.await, Ok(()));
            } else {
                let answer = clock.timeout_at(start + after, pending::<()>());
                assert_eq!(answer.await, Err(Elapsed));
                assert!(clock.now().saturating_since(start) >= after);
            }
        });
    }
    answer(async {
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_moved_to_another_task_is_woken_there() {
    let clock = Clock::machine();
    let mut sleeping = Box::pin(clock.sleep(10 * MILLI));
    assert!(poll(sleeping.as_mut(), Waker::noop()).is_pending());
    answer(sleeping).await;
}

#[tokio::test]
async fn who_is_due_earlier_does_not_wait_for_those_who_came_before() {
    let clock = Clock::machine();
    // From then on the thread sleeps, unless somebody wakes it.
    answer(clock.sleep(MILLI)).await;
    let mut long = Box::pin(clock.sleep(4 * PATIENCE));
    assert!(poll(long.as_mut(), Waker::noop()).is_pending());
    answer(clock.sleep(5 * MILLI)).await;
    assert!(poll(long.as_mut(), Waker::noop()).is_pending());
}

/// One has ended, and one is alive, but nobody drives it.
#[tokio::test]
async fn another_runtime_holds_up_nobody() {
    let clock = Clock::machine();
    let (ended, idle) = (idle_runtime(), idle_runtime());
    let mut theirs = [Box::pin(clock.sleep(MILLI)), Box::pin(clock.sleep(MILLI))];
    for (runtime, sleeping) in [&ended, &idle].into_iter().zip(&mut theirs) {
        let _within = runtime.enter();
        assert!(poll(sleeping.as_mut(), Waker::noop()).is_pending());
    }
    ended.shutdown_background();
    answer(clock.sleep(2 * MILLI)).await;
    for sleeping in theirs {
        answer(sleeping).await;
    }
    idle.shutdown_background();
}

#[test]
fn who_sleeps_outside_of_a_runtime_is_woken_by_either_clock() {
    for clock in [Clock::system(), Clock::machine()] {
        let deadline = clock.now() + 5 * MILLI;
        let late = clock.timeout_at(deadline, pending::<()>());
        assert_eq!(run_alone(late), Err(Elapsed));
    }
}

#[cfg(feature = "testing")]
#[tokio::test]
async fn a_clock_that_is_moved_by_hand_wakes_whom_that_makes_due() {
    for clock in [Clock::system(), Clock::machine()] {
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let moved = clock.clone();
        let sleeping = tokio::spawn(async move {
            let mut sleep = moved.sleep(120 * PATIENCE);
            let mut begun = Some(begun);
            poll_fn(|task| {
                let polled = Pin::new(&mut sleep).poll(task);
                begun.take().into_iter().for_each(|it| it.send(()).unwrap());
                polled
            })
            .await;
        });
        has_begun.await.unwrap();
        clock.advance(60 * PATIENCE);
        tokio::task::yield_now().await;
        assert!(!sleeping.is_finished());
        clock.advance(60 * PATIENCE);
        answer(sleeping).await.unwrap();
    }
}

/// A waker is foreign code.
#[tokio::test]
async fn a_waker_that_panics_leaves_the_others_alone() {
    struct Panics;
    impl std::task::Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("this waker is made so");
        }
    }
    let clock = Clock::machine();
    let mut first = pin!(clock.sleep(MILLI));
    let panics = Waker::from(Arc::new(Panics));
    assert!(poll(first.as_mut(), &panics).is_pending());
    answer(clock.sleep(10 * MILLI)).await;
    assert!(poll(first.as_mut(), Waker::noop()).is_ready());
}
