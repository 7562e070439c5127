//! Loads that are told of the value they are to replace, and may say that it is as good as new.

use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, Previous, cached};

use crate::fleet::Fleet;
use crate::source::Source;

/// What a number was made of.
type Story = String;

#[cached(
    namespace = "reloads",
    ttl = "500ms",
    stale = "1m",
    soft = "1h",
    reload = story_anew,
    index(length = value.len()),
    tags = ["stories"],
    skip(source)
)]
async fn story(of: &str, source: &Arc<Source>) -> Story {
    format!("{of}{}", source.load().await)
}

/// The old value and the new number; or, for nought, that nothing has changed; or, for the largest
/// number, what is made of that.
async fn story_anew(of: &str, source: &Arc<Source>, previous: Previous<Story>) -> Story {
    match source.load().await {
        0 => previous.not_modified(),
        u64::MAX => previous.not_modified() + "!",
        number => format!("{of}{number} after {}", *previous),
    }
}

#[derive(Debug, Clone)]
struct Library {
    name: &'static str,
}

impl Library {
    #[cached(
        namespace = "reloads.methods",
        ttl = "500ms",
        stale = "1m",
        soft = "1h",
        reload = Self::book_anew,
        key = "{self.name}:{id}",
        skip(fails)
    )]
    pub(crate) async fn book(&self, id: u64, fails: Option<String>) -> Result<String, String> {
        fails.map_or_else(|| Ok(format!("{} {id}", self.name)), Err)
    }

    #[allow(clippy::unused_async, reason = "what is reloaded is awaited")]
    async fn book_anew(
        &self,
        id: u64,
        fails: Option<String>,
        previous: Previous<String>,
    ) -> Result<String, String> {
        fails.map_or_else(|| Ok(format!("{id} after {}", *previous)), Err)
    }
}

on_each_backend!(
    a_reload_has_the_old_value_and_the_arguments,
    what_has_not_changed_is_fresh_again,
    what_is_made_of_the_old_value_is_stored,
    what_was_invalidated_is_no_old_value,
    a_refresh_by_hand_asks_the_body,
    a_method_reloads_by_another,
);

async fn ripen() {
    tokio::time::sleep(Duration::from_millis(600)).await;
}

/// What the node reads when the source has this number.
async fn told(node: &Larder, number: u64) -> Story {
    node.scope(story("a", &Source::open(number))).await
}

async fn a_reload_has_the_old_value_and_the_arguments(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    assert_eq!(told(&here, 1).await, "a1");
    ripen().await;
    assert_eq!(told(&there, 2).await, "a2 after a1");
    assert_eq!(told(&here, 3).await, "a2 after a1", "it is fresh");
    ripen().await;
    assert_eq!(told(&here, 3).await, "a3 after a2 after a1");
}

async fn what_has_not_changed_is_fresh_again(fleet: Fleet) {
    let node = fleet.node().await;
    assert_eq!(told(&node, 1).await, "a1");
    ripen().await;
    assert_eq!(told(&node, 0).await, "a1");
    assert_eq!(told(&node, 2).await, "a1");
    assert_eq!(node.stats("reloads").refreshed, 1);
    // It is listed as before.
    let listed = node.scope(story::by_length(2)).await.unwrap();
    assert_eq!(listed, ["a1"]);
    ripen().await;
    assert_eq!(told(&node, 2).await, "a2 after a1");
}

async fn what_is_made_of_the_old_value_is_stored(fleet: Fleet) {
    let node = fleet.node().await;
    assert_eq!(told(&node, 1).await, "a1");
    ripen().await;
    assert_eq!(told(&node, u64::MAX).await, "a1!");
    assert_eq!(told(&node, 2).await, "a1!", "it is fresh");
    // It is listed as what it is.
    let listed = node.scope(story::by_length(3)).await.unwrap();
    assert_eq!(listed, ["a1!"]);
    let before = node.scope(story::by_length(2)).await.unwrap();
    assert!(before.is_empty());
}

async fn what_was_invalidated_is_no_old_value(fleet: Fleet) {
    let node = fleet.node().await;
    told(&node, 1).await;
    ripen().await;
    node.scope(story::invalidate("a")).await.unwrap();
    assert_eq!(told(&node, 2).await, "a2");
    ripen().await;
    node.invalidate_tag("stories").await.unwrap();
    assert_eq!(told(&node, 3).await, "a3");
}

async fn a_refresh_by_hand_asks_the_body(fleet: Fleet) {
    let node = fleet.node().await;
    told(&node, 1).await;
    ripen().await;
    let refreshed = node.scope(story::refresh("a", &Source::open(2))).await;
    assert_eq!(refreshed, "a2");
}

async fn a_method_reloads_by_another(fleet: Fleet) {
    let node = fleet.node().await;
    let library = Library { name: "north" };
    let book = async |fails: Option<&str>| {
        let fails = fails.map(str::to_owned);
        node.scope(library.book(7, fails)).await
    };
    assert_eq!(book(None).await.unwrap(), "north 7");
    ripen().await;
    assert_eq!(book(Some("lost")).await.unwrap(), "north 7");
    // What has just failed is tried again from the next millisecond of the server's on, as this
    // process knows its clock.
    let mut anew = book(None).await.unwrap();
    for _ in 0..1000 {
        if anew != "north 7" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        anew = book(None).await.unwrap();
    }
    assert_eq!(anew, "7 after north 7");
}
