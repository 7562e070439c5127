//! Copies of entries that belong to groups: they end when a tag or an index value is invalidated,
//! wherever that is done.

use std::sync::Arc;

use larder::{Larder, cached};

use crate::fleet::{Fleet, PATIENCE};
use crate::source::Source;

#[cached(
    namespace = "local_groups",
    ttl = "1m",
    local = true,
    skip(source),
    index(parity = value % 2),
    tags = ["user:{id}"]
)]
async fn read(id: u64, source: Arc<Source>) -> u64 {
    let _ = id;
    source.load().await
}

on_each_backend!(
    a_tag_that_is_invalidated_on_another_node_ends_the_copy,
    a_tag_that_a_stranger_deletes_ends_the_copy,
    an_index_value_that_is_invalidated_on_another_node_ends_the_copy,
    whoever_invalidates_a_group_is_never_answered_with_its_own_old_value,
);

/// Calls until the answer comes from a copy. Answers it.
async fn warm(node: &Larder, source: &Arc<Source>) -> u64 {
    for _ in 0..20 {
        let before = node.stats("local_groups").local_hits;
        let answer = node.scope(read(7, Arc::clone(source))).await;
        if node.stats("local_groups").local_hits > before {
            return answer;
        }
        // The pushes of this node's own load may still be on their way.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("no copy is kept: {:?}", node.stats("local_groups"));
}

/// Has both nodes keep a copy of 1, invalidates it on one of them, and sees that the other follows.
async fn a_copy_ends(fleet: Fleet, invalidate: impl AsyncFnOnce(&Fleet, &Larder)) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::open(1);
    assert_eq!(warm(&here, &source).await, 1);
    assert_eq!(warm(&there, &source).await, 1);
    source.change(2);
    invalidate(&fleet, &there).await;
    for node in [&here, &there] {
        let patience = tokio::time::Instant::now() + PATIENCE;
        while node.scope(read(7, Arc::clone(&source))).await != 2 {
            assert!(tokio::time::Instant::now() < patience, "it stays as it was");
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
    assert_eq!(warm(&here, &source).await, 2, "copies are kept again");
}

async fn a_tag_that_is_invalidated_on_another_node_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |_, there| {
        there.invalidate_tag("user:7").await.unwrap();
    })
    .await;
}

async fn a_tag_that_a_stranger_deletes_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |fleet, _| {
        fleet.stranger().await.delete("app::#:user%3A7").await;
    })
    .await;
}

async fn an_index_value_that_is_invalidated_on_another_node_ends_the_copy(fleet: Fleet) {
    a_copy_ends(fleet, async |_, there| {
        let removed = there.scope(read::invalidate_parity(1_u8)).await.unwrap();
        assert_eq!(removed, 1);
    })
    .await;
}

async fn whoever_invalidates_a_group_is_never_answered_with_its_own_old_value(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(1);
    for number in 1..20 {
        source.change(number);
        if number % 2 == 0 {
            node.invalidate_tag("user:7").await.unwrap();
        } else {
            // What is there is even, but for the first.
            node.scope(read::invalidate_parity(0_u8)).await.unwrap();
        }
        assert_eq!(node.scope(read(7, Arc::clone(&source))).await, number);
        assert_eq!(warm(&node, &source).await, number);
    }
}
