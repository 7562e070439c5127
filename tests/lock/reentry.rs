//! Bodies that take their own lock again.

use std::time::Duration;

use larder::ErrorKind;

use crate::fleet::Fleet;

on_each_backend!(
    a_body_may_take_its_lock_again_if_it_says_so,
    else_it_is_an_error_at_once,
    branches_of_one_task_do_not_let_each_other_in,
    a_reader_does_not_become_a_writer,
    a_spawned_task_is_not_within,
);

async fn a_body_may_take_its_lock_again_if_it_says_so(fleet: Fleet) {
    let node = fleet.node().await;
    let lock = node.lock("jobs").reentrant();
    let guard = lock.acquire("a").await.unwrap();
    let again = lock.clone();
    let inner = guard.run(async {
        let inner = again.acquire_all(&["a", "b"]).await.unwrap();
        let fences = inner.fences();
        inner.release().await.unwrap();
        fences
    });
    let fences = inner.await.unwrap();
    assert_eq!(fences[0], guard.fence());
    // The inner one has given back what it took, and not what it found.
    assert!(guard.is_held());
    assert!(lock.try_acquire("a").await.unwrap().is_none());
    assert!(lock.try_acquire("b").await.unwrap().is_some());
    guard.release().await.unwrap();
    assert!(lock.try_acquire("a").await.unwrap().is_some());
}

async fn else_it_is_an_error_at_once(fleet: Fleet) {
    let node = fleet.node().await;
    let lock = node.lock("jobs").wait(Duration::from_mins(10));
    let again = lock.clone();
    let inner = lock.run("a", async move { again.acquire("a").await.map(drop) });
    let error = inner.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("reentrant"), "{error}");
}

async fn branches_of_one_task_do_not_let_each_other_in(fleet: Fleet) {
    let node = fleet.node().await;
    let lock = node.lock("jobs").reentrant();
    let inside = std::cell::Cell::new(0);
    let branch = || async {
        lock.run("a", async {
            inside.set(inside.get() + 1);
            assert_eq!(inside.get(), 1);
            tokio::time::sleep(Duration::from_millis(10)).await;
            inside.set(inside.get() - 1);
        })
        .await
        .unwrap();
    };
    tokio::join!(branch(), branch(), branch());
}

async fn a_reader_does_not_become_a_writer(fleet: Fleet) {
    let node = fleet.node().await;
    let lock = node.lock("jobs").reentrant();
    let guard = lock.read("a").await.unwrap();
    let again = lock.clone();
    let error = guard
        .run(async { again.acquire("a").await.map(drop) })
        .await
        .unwrap();
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Configuration);
    guard.release().await.unwrap();
    let guard = lock.acquire("a").await.unwrap();
    guard
        .run(async { lock.read("a").await.map(drop) })
        .await
        .unwrap()
        .unwrap();
    assert!(guard.is_held());
}

async fn a_spawned_task_is_not_within(fleet: Fleet) {
    let node = fleet.node().await;
    let lock = node.lock("jobs").reentrant();
    let other = lock.clone();
    lock.run("a", async move {
        let task =
            larder::spawn(async move { other.try_acquire("a").await.map(|it| it.is_some()) });
        assert!(!task.await.unwrap().unwrap());
    })
    .await
    .unwrap();
}
