//! Two processes on the embedded server, in virtual time: a copy is never served for longer than
//! its pushes are vouched for.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use super::{key, label, served};
use crate::backend::any::AnyBackend;
use crate::backend::memory::{LinkControl, MemoryServer};
use crate::backend::{Backend, Call, Command, Resend};
use crate::cache::CacheEngine;
use crate::cache::local::{Kept, Local, LocalCopy, Reading, ensure_patrol};
use crate::context::{Context, Limits};
use crate::key::{Key, Scope};

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);

/// A process that reads numbers through its local tier.
struct Node {
    engine: CacheEngine,
    control: LinkControl,
}

impl Node {
    fn on(server: &MemoryServer) -> Self {
        let link = server.connect();
        let control = link.control();
        let limits = Limits {
            call_budget: SECOND,
            command_timeout: SECOND,
            max_value_bytes: 1 << 20,
        };
        let context = Context::new(AnyBackend::from(link), server.clock().clone(), limits, 7);
        let engine = CacheEngine::new(context, &Scope::new("app", None), Local::Off, 1 << 20);
        Self { engine, control }
    }

    async fn run(&self, command: Command) {
        let context = self.engine.context();
        let call = context.command_call(Resend::Never);
        context.backend().run(&command, &call).await.unwrap();
    }

    async fn write(&self, key: &Key, number: u64) {
        self.run(Command::new("SET").arg(key).arg(number)).await;
    }

    /// Reads as a call does: from a copy, or from the server, keeping a copy for this long.
    async fn read(&self, key: &Key, fresh_for: Duration) -> Option<u64> {
        let tier = self.engine.local();
        if let Some(number) = served(tier, key) {
            return Some(number);
        }
        let context = self.engine.context();
        let now = context.clock().now();
        let reading = Reading::begin(tier, context, key, now).expect("a tier that keeps");
        let call = Call {
            deadline: now + SECOND,
            resend: Resend::Never,
        };
        let pipeline = reading.pipeline(Command::new("GET").arg(key));
        let replies = context.backend().pipeline(&pipeline, &call).await.ok()?;
        let (read, answered) = reading.take(replies).unwrap();
        let bytes = read.into_bytes("GET").unwrap();
        let number = String::from_utf8(bytes?).unwrap().parse().unwrap();
        let answered = answered.expect("a server that tracks");
        let label = label(fresh_for);
        let copy = LocalCopy::of_value::<u64>(key.as_bytes(), &answered, label, number);
        if tier.keep(key.as_bytes(), &answered, copy) == Kept::Yes {
            ensure_patrol(tier, context);
        }
        Some(number)
    }

    fn served(&self, key: &Key) -> Option<u64> {
        served(self.engine.local(), key)
    }

    fn trouble(&self) -> Option<&'static str> {
        self.engine.local().trouble()
    }

    async fn sleep(&self, time: Duration) {
        self.engine.context().clock().sleep(time).await;
    }
}

fn setting() -> (Node, Node, Key) {
    let server = MemoryServer::new();
    (Node::on(&server), Node::on(&server), key("k"))
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_served_at_once_and_as_long_as_it_lives() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    here.read(&key, 10 * SECOND).await;
    let before = here.control.round_trips();
    for _ in 0..99 {
        assert_eq!(here.served(&key), Some(1));
        assert_eq!(here.trouble(), None);
        here.sleep(100 * MILLI).await;
    }
    assert_eq!(here.control.round_trips().since(&before).of("PIPELINE"), 19);
    here.sleep(SECOND).await;
    assert_eq!(here.served(&key), None);
    // With the last copy the canaries end.
    let before = here.control.round_trips();
    here.sleep(10 * SECOND).await;
    assert_eq!(here.control.round_trips().since(&before).total(), 0);
    assert_eq!(here.trouble(), None);
}

#[tokio::test(start_paused = true)]
async fn a_write_of_another_process_ends_the_copy() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    here.read(&key, 10 * SECOND).await;
    there.write(&key, 2).await;
    assert_eq!(here.served(&key), None);
    assert_eq!(here.read(&key, 10 * SECOND).await, Some(2));
    assert_eq!(here.served(&key), Some(2));
}

#[tokio::test(start_paused = true)]
async fn lost_pushes_end_every_copy_within_a_second() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    here.read(&key, 60 * SECOND).await;
    here.sleep(1234 * MILLI).await;
    here.control.lose_pushes();
    there.write(&key, 2).await;
    assert_eq!(here.served(&key), Some(1), "nobody can know yet");
    here.sleep(SECOND).await;
    assert_eq!(here.served(&key), None);
    assert!(here.trouble().is_some());
    // While they are lost every read asks the server, which is right.
    for _ in 0..30 {
        assert_eq!(here.read(&key, 60 * SECOND).await, Some(2));
        assert_eq!(here.served(&key), None);
        here.sleep(100 * MILLI).await;
    }
    assert!(here.trouble().is_some());
    here.control.heal();
    assert_eq!(here.read(&key, 60 * SECOND).await, Some(2));
    assert_eq!(here.served(&key), Some(2));
    assert_eq!(here.trouble(), None);
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_ends_in_a_bypass_within_a_second() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    here.read(&key, 60 * SECOND).await;
    here.sleep(777 * MILLI).await;
    here.control.black_hole();
    there.write(&key, 2).await;
    here.sleep(SECOND).await;
    assert_eq!(here.served(&key), None);
    assert!(here.trouble().is_some());
    assert_eq!(here.read(&key, 60 * SECOND).await, None);
    here.control.heal();
    assert_eq!(here.read(&key, 60 * SECOND).await, Some(2));
    assert_eq!(here.served(&key), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_cut_connection_ends_every_copy_at_once() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    here.read(&key, 60 * SECOND).await;
    here.control.cut();
    there.write(&key, 2).await;
    assert_eq!(here.served(&key), None);
    here.control.heal();
    assert_eq!(here.served(&key), None);
    assert_eq!(here.read(&key, 60 * SECOND).await, Some(2));
    assert_eq!(here.served(&key), Some(2));
}

#[tokio::test(start_paused = true)]
async fn late_pushes_end_copies_late_and_never_later_than_a_second() {
    for delay in [10, 400, 900, 1100, 3000].map(|millis| millis * MILLI) {
        let (here, there, key) = setting();
        there.write(&key, 1).await;
        here.read(&key, 60 * SECOND).await;
        here.control.delay_pushes(delay);
        there.write(&key, 2).await;
        here.sleep(delay.min(SECOND) + MILLI).await;
        assert_eq!(here.served(&key), None, "pushes that take {delay:?}");
        // Once they come in time again, copies are right from the first on.
        here.control.delay_pushes(Duration::ZERO);
        here.sleep(5 * SECOND).await;
        assert_eq!(here.read(&key, 60 * SECOND).await, Some(2));
        here.read(&key, 60 * SECOND).await;
        assert_eq!(here.served(&key), Some(2), "pushes that took {delay:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_during_the_read_is_noticed_however_late_the_reply_is() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    here.read(&key, 60 * SECOND).await;
    there.write(&key, 2).await;
    here.control.delay_replies(100 * MILLI);
    let reading = here.read(&key, 60 * SECOND);
    let changing = async {
        here.sleep(50 * MILLI).await;
        there.write(&key, 3).await;
    };
    let (read, ()) = tokio::join!(reading, changing);
    assert_eq!(read, Some(2), "what the server had when it was asked");
    assert_eq!(here.served(&key), None, "and which is not kept");
}

#[tokio::test(start_paused = true)]
async fn a_closed_tier_and_one_that_nobody_has_send_no_canaries() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    here.read(&key, 60 * SECOND).await;
    here.engine.local().close();
    let before = here.control.round_trips();
    here.sleep(5 * SECOND).await;
    assert_eq!(here.control.round_trips().since(&before).total(), 0);

    there.read(&key, 60 * SECOND).await;
    let Node { engine, control } = there;
    let context = Arc::downgrade(engine.context());
    drop(engine);
    let before = control.round_trips();
    here.sleep(5 * SECOND).await;
    assert!(context.upgrade().is_none());
    assert_eq!(control.round_trips().since(&before).total(), 0);
}

#[test]
fn a_runtime_that_ends_takes_its_patrol_with_it_and_the_next_has_its_own() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
    };
    let (here, there, key) = setting();
    let is_patrolled = || here.engine.local().patrolling.is_done();
    for number in 1..=2 {
        let runtime = runtime().unwrap();
        runtime.block_on(async {
            there.write(&key, number).await;
            here.read(&key, 60 * SECOND).await;
        });
        assert!(is_patrolled());
        drop(runtime);
        assert!(!is_patrolled());
    }
}

/// It is alive, but nobody drives it.
#[tokio::test(start_paused = true)]
async fn a_runtime_that_stands_still_leaves_the_patrol_to_another() {
    let (here, there, key) = setting();
    there.write(&key, 1).await;
    let still = tokio::runtime::Builder::new_current_thread();
    let still = { still }.enable_time().build().unwrap();
    {
        let _within = still.enter();
        let copied = here.read(&key, 60 * SECOND).now_or_never();
        assert_eq!(copied, Some(Some(1)));
    }
    here.sleep(2 * SECOND).await;
    assert_eq!(here.served(&key), None, "no canary was sent");
    here.read(&key, 60 * SECOND).await;
    for _ in 0..10 {
        here.sleep(SECOND).await;
        assert_eq!(here.served(&key), Some(1));
    }
    still.shutdown_background();
}
