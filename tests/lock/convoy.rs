//! Many who take and give back locks at the same moment travel together. Embedded server in virtual
//! time.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use larder::testing::LinkControl;
use larder::{ErrorKind, Larder, Lock, LockGuard, MemoryServer};
use tokio::time::Instant;

/// How long a request takes to the server, and as long its answer back.
const WAY: Duration = Duration::from_millis(10);
const CALLERS: u64 = 40;

struct Site {
    server: MemoryServer,
    node: Larder,
    link: LinkControl,
}

impl Site {
    /// A node whose server knows the scripts, and is so far away.
    async fn new() -> Self {
        let server = MemoryServer::new();
        let (node, link) = node(&server);
        link.delay_requests(WAY);
        link.delay_replies(WAY);
        let lock = node.lock("jobs");
        let known: Vec<_> = (0..8).map(|key| cycle(lock.clone(), key)).collect();
        for done in all(known).await {
            done.unwrap();
        }
        Self { server, node, link }
    }

    fn lock(&self) -> Lock {
        self.node.lock("jobs")
    }
}

fn node(server: &MemoryServer) -> (Larder, LinkControl) {
    let link = server.connect();
    let control = link.control();
    (Larder::builder().app("app").on_memory_link(link), control)
}

/// Whether another node can have the lock at once.
async fn is_free(other: &Larder, key: u64) -> bool {
    let taken = other.lock("jobs").try_acquire(&key).await;
    taken.unwrap().is_some()
}

async fn cycle(lock: Lock, key: u64) -> larder::Result<()> {
    lock.acquire(&key).await?.release().await
}

/// Each in a task of its own.
async fn all<T: Send + 'static>(calls: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let tasks: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await.unwrap());
    }
    outputs
}

async fn take_all(lock: &Lock) -> Vec<LockGuard> {
    let take = |key: u64| {
        let lock = lock.clone();
        async move { lock.acquire(&key).await.unwrap() }
    };
    all((0..CALLERS).map(take).collect()).await
}

#[tokio::test(start_paused = true)]
async fn who_takes_locks_at_the_same_moment_is_answered_by_few_scripts() {
    let site = Site::new().await;
    let before = site.link.round_trips();
    let start = Instant::now();
    let guards = take_all(&site.lock()).await;
    assert!(guards.iter().all(LockGuard::is_held));
    // Three by themselves, and all the others together.
    let taking = site.link.round_trips().since(&before);
    assert_eq!((taking.of("EVALSHA"), taking.total()), (4, 4));
    assert!(start.elapsed() <= 2 * WAY + Duration::from_millis(1));

    let before = site.link.round_trips();
    let give_back = |guard: LockGuard| async move { guard.release().await };
    for released in all(guards.into_iter().map(give_back).collect()).await {
        released.unwrap();
    }
    let giving_back = site.link.round_trips().since(&before);
    assert_eq!((giving_back.of("EVALSHA"), giving_back.total()), (1, 4));
    let (other, _) = node(&site.server);
    for key in 0..CALLERS {
        assert!(is_free(&other, key).await);
    }
}

/// One of those that travel together cannot have his, and the others have theirs.
#[tokio::test(start_paused = true)]
async fn a_lock_that_another_has_is_waited_for_and_none_of_the_others_is() {
    let site = Site::new().await;
    let (other, _) = node(&site.server);
    let held = other.lock("jobs").acquire(&(CALLERS - 1)).await.unwrap();
    let lock = site.lock();
    let waiting = tokio::spawn(async move {
        let guards = take_all(&lock).await;
        guards.len()
    });
    tokio::time::sleep(WAY * 20).await;
    assert!(!waiting.is_finished());
    for key in 0..CALLERS - 1 {
        assert!(!is_free(&other, key).await);
    }
    held.release().await.unwrap();
    assert_eq!(waiting.await.unwrap(), usize::try_from(CALLERS).unwrap());
}

/// Whoever is dropped, while he waits to go or is on the way, leaves no lock behind.
#[tokio::test(start_paused = true)]
async fn a_traveller_may_be_dropped_anywhere() {
    for millis in 0..60 {
        let site = Site::new().await;
        let lock = site.lock();
        let taking = tokio::spawn(async move {
            let mut guards = take_all(&lock).await;
            guards.pop()
        });
        let tasks = tokio::runtime::Handle::current();
        let lock = site.lock();
        let dropped: Vec<_> = (CALLERS..5 * CALLERS)
            .map(|key| {
                let lock = lock.clone();
                tasks.spawn(async move { cycle(lock, key).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        dropped.iter().for_each(tokio::task::JoinHandle::abort);
        drop(taking.await.unwrap());
        tokio::time::sleep(WAY * 4).await;
        let (other, _) = node(&site.server);
        for key in 0..5 * CALLERS {
            assert!(
                is_free(&other, key).await,
                "{key}, dropped after {millis} ms"
            );
        }
    }
}

/// Who waits to go is told as soon as who is under way that the server does not answer.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_costs_a_traveller_no_more_than_others() {
    let site = Site::new().await;
    site.link.black_hole();
    let start = Instant::now();
    // More than go together.
    let calls = (0..200).map(|key: u64| {
        let lock = site.lock();
        async move { lock.try_acquire(&key).await.map(drop).unwrap_err().kind() }
    });
    for kind in all(calls.collect()).await {
        assert_eq!(kind, ErrorKind::Timeout);
    }
    assert!(start.elapsed() <= Duration::from_millis(1_010));
    site.link.heal();
    // The next ones do not wait for those.
    let start = Instant::now();
    let guards = take_all(&site.lock()).await;
    assert_eq!(guards.len(), usize::try_from(CALLERS).unwrap());
    assert!(start.elapsed() <= WAY * 8);
}

/// It is alive, but nobody drives it.
#[tokio::test(start_paused = true)]
async fn a_runtime_that_stands_still_holds_up_nobody_of_another() {
    let site = Site::new().await;
    // Whoever has led before finds that nobody waits.
    tokio::time::sleep(WAY).await;
    let mut under_way = Vec::new();
    for key in 0..3 {
        under_way.push(begun(cycle(site.lock(), key)).await);
    }
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    let theirs = {
        let _within = runtime.enter();
        begun(cycle(site.lock(), 3)).await
    };
    let start = Instant::now();
    cycle(site.lock(), 4).await.unwrap();
    assert!(start.elapsed() <= 5 * WAY);
    drop(theirs);
    runtime.shutdown_background();
    for done in all(under_way).await {
        done.unwrap();
    }
}

/// A call that is polled once, and is not over.
async fn begun<T>(call: impl Future<Output = T> + Send + 'static) -> BoxFuture<T> {
    let mut call: BoxFuture<T> = Box::pin(call);
    let polled = std::future::poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await;
    assert!(polled.is_pending());
    call
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What has ended with its runtime holds up nobody.
#[test]
fn locks_are_taken_after_the_runtime_of_others_has_ended() {
    let server = MemoryServer::new();
    let (node, link) = node(&server);
    let runtime = || {
        let builder = &mut tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(true).build().unwrap()
    };
    let first = runtime();
    first.block_on(async {
        link.delay_requests(WAY);
        link.delay_replies(WAY);
        for key in 0..CALLERS {
            let lock = node.lock("jobs");
            tokio::spawn(async move { cycle(lock, key).await });
        }
        tokio::time::sleep(WAY * 3).await;
    });
    drop(first);
    runtime().block_on(async {
        let lock = node.lock("jobs").wait(Duration::from_mins(1));
        assert_eq!(take_all(&lock).await.len(), 40);
    });
}
