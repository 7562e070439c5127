//! How large the futures are that are made of annotated functions.
//!
//! A future is moved into tasks and stands in the future of each caller, so its size is paid for at
//! every call, hit or not. Sizes are told without running anything, and are the same at every run
//! of one compiler. Tests are built with all features; with fewer, futures are no larger.

use larder::cached;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[derive(Debug, Clone)]
struct Failed;

#[cached(namespace = "sizes.user", ttl = "5m")]
async fn user(id: u64, name: &str) -> Result<User, Failed> {
    let name = name.to_owned();
    tokio::task::yield_now().await;
    Ok(User { id, name })
}

/// In bytes: what was measured (rustc 1.95, the same in debug and in release builds) and 15 % more,
/// so that a change of the compiler or a field here and there is no failure, and another layer of
/// futures is. Whoever makes them smaller lowers the bounds.
const BOUNDS: [(&str, usize); 8] = [
    ("user", 588),      // 512
    ("uncached", 92),   // 80: the body alone
    ("refresh", 588),   // 512
    ("peek", 37),       // 32
    ("put", 37),        // 32
    ("invalidate", 37), // 32
    ("ttl", 37),        // 32
    ("clear", 37),      // 32
];

#[test]
fn futures_do_not_grow() {
    let value = User {
        id: 7,
        name: "Ann".to_owned(),
    };
    let sizes = [
        size_of_val(&user(7, "Ann")),
        size_of_val(&user::uncached(7, "Ann")),
        size_of_val(&user::refresh(7, "Ann")),
        size_of_val(&user::peek(7, "Ann")),
        size_of_val(&user::put(7, "Ann", &value)),
        size_of_val(&user::invalidate(7, "Ann")),
        size_of_val(&user::ttl(7, "Ann")),
        size_of_val(&user::clear()),
    ];
    for ((name, bound), size) in BOUNDS.into_iter().zip(sizes) {
        assert!(
            size <= bound,
            "the future of `{name}` has {size} bytes, and may have {bound}: {sizes:?}"
        );
    }
}

#[larder::with_lock(key = "{id}")]
#[larder::idempotent(namespace = "sizes.stack", key = "{id}", ttl = "1h")]
#[larder::concurrency_limited(2, namespace = "sizes.stack", key = "{id}")]
#[cached(namespace = "sizes.stack", ttl = "5m")]
async fn stacked(id: u64) -> Result<u64, larder::Error> {
    let large = [0_u8; 4000];
    tokio::task::yield_now().await;
    Ok(id + large.len() as u64)
}

/// Each attribute adds to the future of the one below it, and none multiplies it.
#[test]
fn stacked_futures_do_not_double() {
    let inner = size_of_val(&stacked::uncached(7));
    let whole = size_of_val(&stacked(7));
    assert!(whole < 4096, "{whole} bytes, and {inner} for the body");
}
