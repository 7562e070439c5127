//! A run is continued while its body runs, and superseded when it is not heard of any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use larder::{Error, ErrorKind, Idempotency, Larder, MemoryServer};
use tokio::sync::Semaphore;

use crate::fleet::Fleet;

on_each_backend!(
    a_body_may_run_for_longer_than_its_lease,
    a_late_result_is_not_stored_and_all_get_the_same,
    a_late_caller_never_gets_the_result_of_another_request,
);

const LEASE: Duration = Duration::from_millis(300);
const DAY: Duration = Duration::from_hours(24);

fn payments(node: &Larder) -> Idempotency {
    let builder = node.idempotency("payments").lease(LEASE);
    builder.wait(Duration::from_mins(1)).ttl(DAY).unwrap()
}

async fn a_body_may_run_for_longer_than_its_lease(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let (here, there) = (payments(&here), payments(&there));
    let runs = AtomicU32::new(0);
    let entered = Semaphore::new(0);
    let long = here.run("7f3a", &(), async {
        entered.add_permits(1);
        tokio::time::sleep(LEASE * 4).await;
        Ok::<_, Error>(runs.fetch_add(1, Ordering::SeqCst))
    });
    let waiting = async {
        let _entered = entered.acquire().await;
        let body = async { Ok::<_, Error>(100 + runs.fetch_add(1, Ordering::SeqCst)) };
        there.run("7f3a", &(), body).await
    };
    let (long, waiting) = tokio::join!(long, waiting);
    assert_eq!((long.unwrap(), waiting.unwrap()), (0, 0));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

async fn a_late_result_is_not_stored_and_all_get_the_same(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let patient = |node: &Larder| {
        let builder = node.idempotency("payments").lease(Duration::from_mins(10));
        builder.ttl(DAY).unwrap()
    };
    let (here, there) = (patient(&here), patient(&there));
    let (entered, leave) = (Semaphore::new(0), Semaphore::new(0));
    let late = here.run("7f3a", &(), async {
        entered.add_permits(1);
        let _left = leave.acquire().await;
        Ok::<_, Error>("late".to_owned())
    });
    let overtaking = async {
        let _entered = entered.acquire().await;
        // As a lease that has ended: nothing is known of the first one any more.
        assert!(there.forget("7f3a").await.unwrap());
        let second = async { Ok::<_, Error>("second".to_owned()) };
        let second = there.run("7f3a", &(), second).await;
        leave.add_permits(1);
        second
    };
    let (late, second) = tokio::join!(late, overtaking);
    assert_eq!(
        (second.unwrap(), late.unwrap()),
        ("second".to_owned(), "second".to_owned())
    );
    let stored = here.run("7f3a", &(), async { Ok::<_, Error>("third".to_owned()) });
    assert_eq!(stored.await.unwrap(), "second");
}

async fn a_late_caller_never_gets_the_result_of_another_request(fleet: Fleet) {
    let node = fleet.node().await;
    let builder = node.idempotency("payments").lease(Duration::from_mins(10));
    let payments = builder.ttl(DAY).unwrap();
    let late = payments.run("7f3a", &1_u64, async {
        assert!(payments.forget("7f3a").await.unwrap());
        let other = async { Ok::<_, Error>("of request 2".to_owned()) };
        let other = payments.run("7f3a", &2_u64, other).await.unwrap();
        assert_eq!(other, "of request 2");
        Ok::<_, Error>("of request 1".to_owned())
    });
    assert_eq!(
        Box::pin(late).await.unwrap_err().kind(),
        ErrorKind::LeaseLost
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_be_continued_ends_before_another_begins() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let cut_off = payments(&Larder::builder().app("app").on_memory_link(link));
    let other = payments(&Larder::builder().app("app").on_memory(&server));

    let start = tokio::time::Instant::now();
    let ended = Arc::new(std::sync::Mutex::new(None));
    let entered = Arc::new(Semaphore::new(0));
    let (guard, begun) = (Ended(Arc::clone(&ended), start), Arc::clone(&entered));
    let first = tokio::spawn(async move {
        let body = async move {
            let _guard = guard;
            begun.add_permits(1);
            std::future::pending::<Result<Duration, Error>>().await
        };
        cut_off.run("7f3a", &(), body).await
    });
    let _entered = entered.acquire().await;
    control.black_hole();
    let second = other.run("7f3a", &(), async { Ok::<_, Error>(start.elapsed()) });
    let second = second.await.unwrap();
    let lost = first.await.unwrap().unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::LeaseLost);
    let ended = ended.lock().unwrap().expect("the body was dropped");
    assert!(ended < second, "{ended:?}, {second:?}");
    // And not much later than it must.
    assert!(second <= LEASE + Duration::from_millis(20), "{second:?}");
}

/// Notes when it is dropped.
struct Ended(
    Arc<std::sync::Mutex<Option<Duration>>>,
    tokio::time::Instant,
);

impl Drop for Ended {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = Some(self.1.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_woken_and_does_not_poll() {
    let fleet = Fleet::redis();
    let Fleet::Redis(server) = &fleet else { return };
    let (here, there) = (fleet.node().await, fleet.node().await);
    let patient = |node: &Larder| {
        let builder = node.idempotency("payments").lease(Duration::from_mins(10));
        builder.ttl(DAY).unwrap()
    };
    let (here, there) = (patient(&here), patient(&there));
    let mut monitor = server.monitor();
    let (entered, leave) = (Semaphore::new(0), Semaphore::new(0));
    let running = here.run("7f3a", &(), async {
        entered.add_permits(1);
        let _left = leave.acquire().await;
        Ok::<_, Error>(1)
    });
    let waiting = async {
        let _entered = entered.acquire().await;
        there.run("7f3a", &(), async { Ok::<_, Error>(2) }).await
    };
    let releasing = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        leave.add_permits(1);
    };
    let (first, second, ()) = tokio::join!(running, waiting, releasing);
    assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
    let commands = monitor.commands();
    let scripts = commands
        .iter()
        .filter(|command| command.words[0].starts_with("EVAL"));
    // Begin, complete; and of the one that waits: begin, begin with tracking, begin when it was
    // woken. The first of each text is sent twice, since the server does not know it.
    let count = scripts.count();
    assert!(count <= 8, "{count}: {commands:?}");
}
