//! Batches with indexes: each entry of a batch is listed as an entry that is loaded alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use larder::{Larder, MemoryServer, cached};

use crate::drop_safety::DropAfter;
use crate::fleet::{Fleet, start};
use crate::source::Source;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
struct Player {
    id: u64,
    team: u64,
    tags: Vec<String>,
}

/// The source says how much is added to the number of a team; every tenth id has no player.
fn player(id: u64, shift: u64) -> Option<Player> {
    let tags = vec![format!("t{}", id % 2), "all".to_owned()];
    (!id.is_multiple_of(10)).then_some(Player {
        id,
        team: id / 10 + shift,
        tags,
    })
}

#[cached(
    namespace = "players",
    ttl = "1m",
    none_ttl = "1m",
    batch,
    index(team = value.team, tag = value.tags, realm = realm, number = ids),
    skip(source)
)]
async fn players(source: &Source, realm: u8, ids: &[u64]) -> Result<HashMap<u64, Player>, String> {
    let shift = source.load().await + u64::from(realm) - 1;
    let found = ids.iter().filter_map(|id| Some((*id, player(*id, shift)?)));
    Ok(found.collect())
}

#[cached(
    namespace = "players",
    ttl = "1m",
    none_ttl = "1m",
    index(team = value.as_ref().map(|it| it.team), tag = value.as_ref().map(|it| it.tags.clone()).unwrap_or_default(), realm = realm, number = id),
    skip(source)
)]
async fn one_player(source: &Source, realm: u8, id: u64) -> Option<Player> {
    player(id, source.load().await + u64::from(realm) - 1)
}

#[derive(Debug)]
struct League(Arc<Source>);

impl League {
    #[cached(namespace = "league", ttl = "1m", batch, skip(self), index(team = value.team))]
    pub(crate) async fn players(&self, ids: Vec<u64>) -> Vec<(u64, Player)> {
        let shift = self.0.load().await;
        let found = ids.into_iter();
        let found = found.filter_map(|id| Some((id, player(id, shift)?)));
        found.collect()
    }
}

on_each_backend!(
    each_entry_of_a_batch_is_listed,
    an_invalidation_by_index_removes_entries_of_batches,
    an_invalidation_by_index_voids_the_batch_that_would_be_listed,
    what_is_loaded_anew_is_listed_anew,
    what_is_put_is_listed,
    a_batch_and_one_call_are_listed_together,
    a_method_has_indexes_too,
);

async fn load(node: &Larder, source: &Source, ids: &[u64]) -> HashMap<u64, Player> {
    node.scope(players(source, 1, ids)).await.unwrap()
}

fn ids_of(mut found: Vec<Player>) -> Vec<u64> {
    found.sort();
    found.into_iter().map(|player| player.id).collect()
}

async fn team(node: &Larder, team: u64) -> Vec<u64> {
    ids_of(node.scope(players::by_team(team)).await.unwrap())
}

const NOBODY: [u64; 0] = [];

async fn each_entry_of_a_batch_is_listed(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    load(&here, &Source::open(0), &[11, 12, 20, 21]).await;
    assert_eq!(team(&there, 1).await, [11, 12]);
    assert_eq!(team(&there, 2).await, [21]);
    let tagged = there.scope(players::by_tag("t1")).await.unwrap();
    assert_eq!(ids_of(tagged), [11, 21]);
    let mut keys = there.scope(players::keys_by_team(1)).await.unwrap();
    keys.sort();
    assert_eq!(keys, ["app::players:1:1:11", "app::players:1:1:12"]);

    // By what the call knows: what is remembered as absent has a key and no value.
    let realm = there.scope(players::by_realm(1_u8)).await.unwrap();
    assert_eq!(ids_of(realm), [11, 12, 21]);
    let realm = there.scope(players::keys_by_realm(1_u8)).await.unwrap();
    assert_eq!(realm.len(), 4);
    let number = there.scope(players::by_number(12_u64)).await.unwrap();
    assert_eq!(ids_of(number), [12]);
}

async fn an_invalidation_by_index_removes_entries_of_batches(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let source = Source::open(0);
    let ids = [11, 12, 20, 21];
    load(&here, &source, &ids).await;
    let removed = there.scope(players::invalidate_team(1)).await.unwrap();
    assert_eq!(removed, 2);
    assert_eq!(team(&here, 1).await, NOBODY);
    source.change(4);
    let found = load(&here, &source, &ids).await;
    let teams = [11, 12, 21].map(|id| found[&id].team);
    assert_eq!(teams, [5, 5, 2], "the others are as they were");
    assert_eq!(
        here.scope(players::invalidate_realm(1_u8)).await.unwrap(),
        4
    );
    let left = here.scope(players::peek(1, &ids)).await.unwrap();
    assert!(left.is_empty());
}

async fn an_invalidation_by_index_voids_the_batch_that_would_be_listed(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let held = Source::held(0);
    let source = Arc::clone(&held);
    let batch = start(&here, async move { players(&source, 1, &[11, 21]).await });
    held.load_begins().await;
    there.scope(players::invalidate_team(1)).await.unwrap();
    held.release();
    assert_eq!(batch.await.unwrap().unwrap().len(), 2);
    let stored = there.scope(players::peek(1, &[11, 21])).await.unwrap();
    assert_eq!(stored.into_keys().collect::<Vec<_>>(), [21]);
    assert_eq!(team(&there, 1).await, NOBODY);
    assert_eq!(team(&there, 2).await, [21]);
    assert_eq!(here.stats("players").voided, 1);

    // A later caller does not join what may have been voided.
    let held = Source::held(0);
    let source = Arc::clone(&held);
    let batch = start(&here, async move { players(&source, 1, &[31, 32]).await });
    held.load_begins().await;
    there.scope(players::invalidate_team(3)).await.unwrap();
    let later = Source::open(6);
    let found = load(&here, &later, &[31, 32]).await;
    assert_eq!(found[&31].team, 9);
    held.release();
    batch.await.unwrap().unwrap();
}

async fn what_is_loaded_anew_is_listed_anew(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(0);
    load(&node, &source, &[11, 12]).await;
    source.change(1);
    node.scope(players::invalidate(1, &[12])).await.unwrap();
    assert_eq!(team(&node, 1).await, [11]);
    load(&node, &source, &[11, 12]).await;
    assert_eq!(team(&node, 1).await, [11]);
    assert_eq!(team(&node, 2).await, [12]);
}

async fn what_is_put_is_listed(fleet: Fleet) {
    let node = fleet.node().await;
    let moved = |id, shift| (id, player(id, shift).unwrap());
    let put = players::put(1, [moved(11, 0), moved(12, 3)].into());
    node.scope(put).await.unwrap();
    assert_eq!(team(&node, 1).await, [11]);
    assert_eq!(team(&node, 4).await, [12]);
    let put = players::put(1, [moved(12, 0)].into());
    node.scope(put).await.unwrap();
    assert_eq!(team(&node, 1).await, [11, 12]);
    assert_eq!(team(&node, 4).await, NOBODY);
}

async fn a_batch_and_one_call_are_listed_together(fleet: Fleet) {
    let node = fleet.node().await;
    let source = Source::open(0);
    load(&node, &source, &[11]).await;
    node.scope(one_player(&source, 1, 12)).await;
    node.scope(one_player(&source, 1, 10)).await;
    assert_eq!(team(&node, 1).await, [11, 12]);
    let found = node.scope(one_player::by_team(1)).await.unwrap();
    assert_eq!(ids_of(found.into_iter().flatten().collect()), [11, 12]);
    assert_eq!(node.scope(one_player::invalidate_team(1)).await.unwrap(), 2);
    assert_eq!(team(&node, 1).await, NOBODY);
    let loads = source.loads();
    load(&node, &source, &[10, 11]).await;
    assert_eq!(source.loads(), loads + 1, "10 is known to be absent");
}

async fn a_method_has_indexes_too(fleet: Fleet) {
    let node = fleet.node().await;
    let league = League(Source::open(0));
    node.scope(league.players(vec![11, 12, 21])).await;
    let found = node.scope(League::players_by_team(1)).await.unwrap();
    assert_eq!(ids_of(found), [11, 12]);
    let keys = node.scope(League::players_keys_by_team(2)).await.unwrap();
    assert_eq!(keys, ["app::league:1:21"]);
    let removed = node.scope(League::players_invalidate_team(1)).await;
    assert_eq!(removed.unwrap(), 2);
    let entries = node.scope(async { League::players_entry(&[11, 21]) }).await;
    let stored = entries.peek().await.unwrap();
    assert_eq!(stored, [(21, player(21, 0).unwrap())]);
}

#[cached(namespace = "drops", ttl = "1m", batch, index(parity = value % 2, hundred = value / 100), skip(shift))]
async fn numbers(shift: u64, ids: &[u64]) -> HashMap<u64, u64> {
    tokio::time::sleep(Duration::from_millis(3)).await;
    ids.iter().map(|id| (*id, id + shift)).collect()
}

/// Drops a batch with indexes after its first, second, … poll, until it gets through: whatever is
/// stored then is listed, under its own values and no others, and an invalidation by them finds it.
#[tokio::test(start_paused = true)]
async fn a_listed_batch_can_be_dropped_at_every_await() {
    for polls in 1.. {
        let server = MemoryServer::new();
        let link = server.connect();
        let control = link.control();
        control.delay_requests(Duration::from_millis(1));
        control.delay_replies(Duration::from_millis(1));
        let here = Larder::builder().on_memory_link(link);
        let there = Larder::builder().on_memory(&server);
        let ids = [1, 2, 3];
        there.scope(numbers::put([(1, 501)].into())).await.unwrap();
        let got_through = DropAfter {
            polls,
            call: Some(Box::pin(here.scope(numbers(200, &ids)))),
        }
        .await;
        // What was sent arrives, and the leases that nobody has any more end.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let stored = there.scope(numbers::peek(&ids)).await.unwrap();
        for parity in 0..2 {
            let mut found = there.scope(numbers::by_parity(parity)).await.unwrap();
            found.sort_unstable();
            let mut expected: Vec<u64> = stored.values().copied().collect();
            expected.retain(|value| value % 2 == parity);
            expected.sort_unstable();
            assert_eq!(found, expected, "parity {parity} after {polls} polls");
        }
        for hundred in [2, 5] {
            there
                .scope(numbers::invalidate_hundred(hundred))
                .await
                .unwrap();
        }
        let left = there.scope(numbers::peek(&ids)).await.unwrap();
        assert!(left.is_empty(), "{left:?} after {polls} polls");
        if got_through.is_some() {
            assert!(polls > 3, "only {polls} polls");
            return;
        }
    }
}
