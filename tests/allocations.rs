//! What a local hit allocates: what the clone of its value allocates, and nothing beside it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

use std::hint::black_box;
use std::sync::Arc;

use allocation_counter::{AllocationInfo, measure};
use larder::{Larder, cached};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    roles: Vec<String>,
}

fn load(id: u64) -> User {
    User {
        id,
        name: format!("user {id}"),
        roles: vec!["reader".to_owned(), "writer".to_owned()],
    }
}

#[cached(namespace = "cloned", ttl = "5m", local = true)]
async fn cloned(id: u64) -> User {
    load(id)
}

#[cached(namespace = "shared", ttl = "5m", local = "1m")]
async fn shared(id: u64, _name: &str) -> Result<Arc<User>, String> {
    Ok(Arc::new(load(id)))
}

/// What this allocates on this thread.
fn count(run: impl FnMut()) -> u64 {
    let AllocationInfo { count_total, .. } = measure(run);
    count_total
}

#[test]
fn a_local_hit_allocates_what_the_clone_does_and_nothing_else() {
    const CALLS: u64 = 1000;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    Larder::memory().install().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            cloned(7).await;
            shared(7, "Ada").await.unwrap();
        }
    });
    let hits = |namespace| Larder::current().unwrap().stats(namespace).local_hits;
    let before = [hits("cloned"), hits("shared")];

    let of_cloned = count(|| {
        for _ in 0..CALLS {
            black_box(now(cloned(7)));
        }
    });
    let of_shared = count(|| {
        for _ in 0..CALLS {
            black_box(now(shared(7, "Ada"))).unwrap();
        }
    });
    let user = load(7);
    let of_a_clone = count(|| {
        black_box(user.clone());
    });

    assert_eq!(of_shared, 0);
    assert_eq!(of_cloned, CALLS * of_a_clone);
    assert!(of_a_clone > 0);
    let after = [hits("cloned"), hits("shared")];
    assert_eq!(
        after,
        before.map(|hits| hits + CALLS),
        "all were local hits"
    );
}

/// The output of a future that is ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("a local hit waits for nothing"),
    }
}
