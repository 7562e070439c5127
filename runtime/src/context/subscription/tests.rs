//! Who speaks to the server for whom, and what becomes of it where his runtime stands still.
#![cfg(feature = "testing")]

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::backend::any::AnyBackend;
use crate::backend::memory::{LinkControl, MemoryServer};
use crate::backend::{Backend, Call, Command, Reply, Resend, ServerError};
use crate::context::Limits;

const PATIENCE: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_hours(1);
const MILLI: Duration = Duration::from_millis(1);

/// One who listens, and somebody else who speaks.
struct Rig {
    context: Arc<Context>,
    control: LinkControl,
    speaker: AnyBackend,
}

fn rig() -> Rig {
    let server = MemoryServer::new();
    let limits = Limits {
        call_budget: PATIENCE,
        command_timeout: HOUR,
        max_value_bytes: 1 << 20,
    };
    let link = server.connect();
    let control = link.control();
    let clock = server.clock().clone();
    Rig {
        context: Context::new(AnyBackend::from(link), clock, limits, 7),
        control,
        speaker: AnyBackend::from(server.connect()),
    }
}

impl Rig {
    /// How many have heard this word on the channel.
    async fn say(&self, word: &str) -> i64 {
        let call = Call {
            deadline: self.context.clock.now() + PATIENCE,
            resend: Resend::Never,
        };
        let publish = Command::new("PUBLISH").arg("news").arg(word);
        match self.speaker.run(&publish, &call).await {
            Ok(Reply::Int(count)) => count,
            other => panic!("{other:?}"),
        }
    }
}

/// A runtime that is driven by hand.
fn by_hand() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Lets its tasks do what they can do at once.
fn drive(runtime: &Runtime) {
    runtime.block_on(async {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    });
}

async fn patiently<T>(future: impl Future<Output = T>) -> T {
    let clock = crate::clock::Clock::system();
    let deadline = clock.now() + PATIENCE;
    clock.timeout_at(deadline, future).await.expect("in time")
}

fn run<T>(future: impl Future<Output = T>) -> T {
    by_hand().block_on(patiently(future))
}

#[test]
fn who_stands_still_while_he_subscribes_is_overtaken() {
    let rig = rig();
    let first = by_hand();
    rig.control.delay_requests(HOUR);
    let theirs = first.block_on(async { rig.context.listen(b"news".to_vec()) });
    drive(&first);
    rig.control.delay_requests(Duration::ZERO);
    run(async {
        let mut ours = rig.context.subscribe(b"news".to_vec()).await.unwrap();
        assert_eq!(rig.say("hello").await, 1);
        let heard = ours.next().await;
        assert!(matches!(&heard, Announced::Message(word) if **word == *b"hello"));
    });
    first.block_on(patiently(theirs.is_heard())).unwrap();
}

/// He would take away what another has asked for since.
#[test]
fn who_stands_still_while_he_unsubscribes_undoes_nothing_later() {
    let rig = rig();
    let first = by_hand();
    let theirs = first.block_on(rig.context.subscribe(b"news".to_vec()));
    rig.control.delay_requests(HOUR / 2);
    first.block_on(async { drop(theirs) });
    drive(&first);
    rig.control.delay_requests(Duration::ZERO);
    let second = by_hand();
    let mut ours = second
        .block_on(patiently(rig.context.subscribe(b"news".to_vec())))
        .unwrap();
    // He goes on when his request would arrive.
    rig.context.clock.advance(HOUR / 2);
    drive(&first);
    second.block_on(patiently(async {
        // What was said meanwhile may have been missed, and that is told.
        let missed = ours.next().await;
        assert!(matches!(missed, Announced::Missed), "{missed:?}");
        assert_eq!(rig.say("hello").await, 1);
        let heard = ours.next().await;
        assert!(matches!(&heard, Announced::Message(word) if **word == *b"hello"));
    }));
}

/// A server may take its time: whoever waits for it says so, and is not overtaken.
#[test]
fn who_waits_for_a_slow_server_is_not_overtaken() {
    let rig = rig();
    let home = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    rig.control.delay_replies(300 * MILLI);
    let theirs = home.block_on(async { rig.context.listen(b"news".to_vec()) });
    run(async { rig.context.subscribe(b"news".to_vec()).await.unwrap() });
    assert_eq!(rig.control.round_trips().of("SUBSCRIBE"), 1);
    drop(theirs);
}

#[test]
fn who_ends_while_he_subscribes_leaves_it_to_others() {
    let rig = rig();
    let first = by_hand();
    rig.control.delay_requests(HOUR);
    let theirs = first.block_on(async { rig.context.listen(b"news".to_vec()) });
    drive(&first);
    rig.control.delay_requests(Duration::ZERO);
    let waiting = async {
        let heard = theirs.is_heard();
        let ended = async {
            tokio::task::yield_now().await;
            tokio::task::spawn_blocking(|| drop(first)).await.unwrap();
            pending::<()>().await;
        };
        tokio::select! {
            biased;
            heard = heard => heard.unwrap(),
            () = ended => {}
        }
    };
    run(waiting);
}

/// A server that is busy for a moment has refused nothing.
#[test]
fn what_a_server_cannot_do_just_now_is_asked_for_again() {
    for code in ["LOADING Redis is loading the dataset", "BUSY Redis is busy"] {
        let error = ServerError::new(code).during("SUBSCRIBE");
        let subscriptions = Arc::new(Subscriptions::default());
        let _listening = subscriptions.add(b"news");
        let speak = || match subscriptions.next(by_hand().handle().id()) {
            turn::Next::Speak(turn) => turn,
            other => panic!("{other:?}"),
        };
        speak().end(Err(error)).unwrap_err();
        speak().end(Ok(Reply::Int(1))).unwrap();
        let phase = subscriptions.phase_of(b"news");
        assert!(matches!(phase, Some(Phase::Subscribed)), "{phase:?}");
    }
}

/// It may end while the listener asks for something else, and does not look.
#[tokio::test(start_paused = true)]
async fn who_forgets_the_past_is_told_all_the_same_that_nothing_comes_any_more() {
    let rig = rig();
    let clock = &rig.context.clock;
    let mut news = rig.context.subscribe(b"news".to_vec()).await.unwrap();
    rig.context.close().await;
    clock.sleep(MILLI).await;
    news.forget_past();
    let told = clock.timeout_at(clock.now() + PATIENCE, news.next()).await;
    assert!(matches!(told, Ok(Announced::Ended(_))), "{told:?}");
}
