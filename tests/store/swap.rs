//! What compares before it writes, alone and against others.

use std::sync::Arc;
use std::time::Duration;

use larder::{ErrorKind, Larder, MemoryServer};

use crate::fleet::Fleet;
use crate::{user, users, word, words};

on_each_backend! {
    only_what_is_expected_is_replaced,
    of_many_exactly_one_wins,
    a_compare_and_set_loop_loses_nothing,
    an_update_changes_what_is_there,
    updates_lose_nothing,
}

async fn only_what_is_expected_is_replaced(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let (a, b, c) = (word("a"), word("b"), word("c"));
    assert!(!words.compare_and_set("k", Some(&a), &b).await.unwrap());
    assert_eq!(words.get("k").await.unwrap(), None);
    assert!(words.compare_and_set("k", None, &a).await.unwrap());
    assert!(!words.compare_and_set("k", None, &b).await.unwrap());
    assert!(!words.compare_and_set("k", Some(&b), &c).await.unwrap());
    assert_eq!(words.get("k").await.unwrap(), Some(a.clone()));
    assert!(words.compare_and_set("k", Some(&a), &b).await.unwrap());
    assert!(words.compare_and_set("k", Some(&b), &b).await.unwrap());
    assert_eq!(words.get("k").await.unwrap(), Some(b));
}

async fn of_many_exactly_one_wins(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await];
    for round in 0..10 {
        let callers: Vec<_> = (0..16)
            .map(|caller| {
                let words = words(&nodes[caller % 2]);
                tokio::spawn(async move {
                    let mine = format!("caller {caller}");
                    let won = words.compare_and_set(&round, None, &mine).await.unwrap();
                    won.then_some(mine)
                })
            })
            .collect();
        let mut winners = Vec::new();
        for caller in callers {
            winners.extend(caller.await.unwrap());
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        let stored = words(&nodes[0]).get(&round).await.unwrap();
        assert_eq!(stored, winners.pop());
    }
}

async fn a_compare_and_set_loop_loses_nothing(fleet: Fleet) {
    let larder = fleet.node().await;
    users(&larder).set("k", &user("Ann")).await.unwrap();
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let users = users(&larder);
            tokio::spawn(async move {
                loop {
                    let old = users.get("k").await.unwrap().unwrap();
                    let mut new = old.clone();
                    new.visits += 1;
                    if users.compare_and_set("k", Some(&old), &new).await.unwrap() {
                        return;
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let found = users(&larder).get("k").await.unwrap().unwrap();
    assert_eq!(found.visits, 8);
}

async fn an_update_changes_what_is_there(fleet: Fleet) {
    let users = users(&fleet.node().await);
    let mut runs = 0;
    let nothing = users.update("k", |_| runs += 1).await.unwrap();
    assert_eq!((nothing, runs), (None, 0));
    assert!(!users.exists("k").await.unwrap());
    users.set("k", &user("Ann")).await.unwrap();
    let changed = users
        .update("k", |user| user.email = Some(word("ann@example.com")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changed.email, Some(word("ann@example.com")));
    assert_eq!(changed.name, "Ann", "the other fields stay");
    assert_eq!(users.get("k").await.unwrap(), Some(changed));
}

async fn updates_lose_nothing(fleet: Fleet) {
    const CALLERS: u64 = 32;
    let nodes = [fleet.node().await, fleet.node().await];
    users(&nodes[0]).set("k", &user("Ann")).await.unwrap();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let users = users(&nodes[usize::try_from(caller % 2).unwrap()]);
            tokio::spawn(async move {
                let changed = users.update("k", |user| user.visits += 1).await;
                changed.unwrap().unwrap().visits
            })
        })
        .collect();
    let mut seen = Vec::new();
    for caller in callers {
        seen.push(caller.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=CALLERS).collect::<Vec<_>>());
}

/// On the embedded server, where it can be said when each step happens.
#[tokio::test(start_paused = true)]
async fn a_change_is_run_again_on_what_came_between() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let slow = users(&Larder::builder().on_memory_link(link));
    let fast = users(&Larder::builder().on_memory(&server));
    fast.set("k", &user("Ann")).await.unwrap();
    control.delay_requests(Duration::from_millis(10));
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let update = tokio::spawn(async move {
        let change = |user: &mut crate::User| {
            notes.lock().unwrap().push(user.name.clone());
            user.visits += 1;
        };
        slow.update("k", change).await
    });
    server.clock().sleep(Duration::from_millis(15)).await;
    fast.set("k", &user("Bob")).await.unwrap();
    let changed = update.await.unwrap().unwrap().unwrap();
    assert_eq!((changed.name.as_str(), changed.visits), ("Bob", 1));
    assert_eq!(*seen.lock().unwrap(), ["Ann", "Bob"]);
    assert_eq!(fast.get("k").await.unwrap(), Some(changed));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_always_overtaken_ends_with_the_command_timeout() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let slow = users(&Larder::builder().on_memory_link(link));
    let fast = users(&Larder::builder().on_memory(&server));
    fast.set("k", &user("Ann")).await.unwrap();
    control.delay_requests(Duration::from_millis(10));
    let clock = server.clock().clone();
    let busy = tokio::spawn(async move {
        for round in 0.. {
            clock.sleep(Duration::from_millis(1)).await;
            fast.set("k", &user(&round.to_string())).await.unwrap();
        }
    });
    let began = server.clock().now();
    let error = slow.update("k", |user| user.visits += 1).await.unwrap_err();
    busy.abort();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    let took = server.clock().now().saturating_since(began);
    assert!(took <= Duration::from_secs(1), "{took:?}");
}
