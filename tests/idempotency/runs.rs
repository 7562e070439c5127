//! One caller runs, the others get its result.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use larder::{Error, ErrorKind, Idempotency, Larder};
use larder_runtime::backend::Command;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::fleet::Fleet;

on_each_backend!(
    one_of_all_callers_runs_and_all_get_its_result,
    the_key_of_another_request_is_an_error,
    errors_are_not_stored_unless_that_is_asked_for,
    a_caller_that_is_dropped_makes_way_at_once,
    a_call_waits_no_longer_than_it_may,
    namespaces_tenants_and_keys_are_apart,
    what_is_forgotten_runs_again,
    a_result_that_cannot_be_written_does_not_run_again,
    a_column_that_is_null_is_not_a_row_that_is_missing,
    every_record_has_an_end,
    who_closes_his_larder_gives_up_what_was_dropped,
);

const DAY: Duration = Duration::from_hours(24);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum PaymentError {
    Declined,
    Larder,
}

impl From<Error> for PaymentError {
    fn from(_: Error) -> Self {
        Self::Larder
    }
}

fn payments(node: &Larder) -> Idempotency {
    node.idempotency("payments").ttl(DAY).unwrap()
}

/// How often a body has run.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicU32>);

impl Runs {
    async fn ok(&self) -> Result<u32, Error> {
        tokio::task::yield_now().await;
        Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

async fn one_of_all_callers_runs_and_all_get_its_result(fleet: Fleet) {
    let nodes = [fleet.node().await, fleet.node().await, fleet.node().await];
    let (runs, gate) = (Runs::default(), Arc::new(Semaphore::new(0)));
    let began = Arc::new(Semaphore::new(0));
    let callers: Vec<_> = (0..60)
        .map(|caller| {
            let payments = payments(&nodes[caller % 3]);
            let (runs, gate, began) = (runs.clone(), Arc::clone(&gate), Arc::clone(&began));
            tokio::spawn(async move {
                let body = async {
                    began.add_permits(1);
                    let _open = gate.acquire().await;
                    runs.ok().await
                };
                payments.run("7f3a", &1000_u64, body).await
            })
        })
        .collect();
    let _begun = began.acquire().await;
    gate.add_permits(1);
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap(), 1);
    }
    assert_eq!(runs.count(), 1);
    // And ever after.
    let later = payments(&nodes[0]).run("7f3a", &1000_u64, runs.ok()).await;
    assert_eq!((later.unwrap(), runs.count()), (1, 1));
}

async fn the_key_of_another_request_is_an_error(fleet: Fleet) {
    let (node, runs) = (fleet.node().await, Runs::default());
    let payments = payments(&node);
    payments.run("7f3a", &1000_u64, runs.ok()).await.unwrap();
    let other = payments.run("7f3a", &1001_u64, runs.ok()).await;
    assert_eq!(other.unwrap_err().kind(), ErrorKind::KeyReused);
    assert_eq!(runs.count(), 1);

    // Also while the first one runs.
    let (entered, leave) = (Semaphore::new(0), Semaphore::new(0));
    let running = payments.run("8b", &1_u64, async {
        entered.add_permits(1);
        let _left = leave.acquire().await;
        runs.ok().await
    });
    let asking = async {
        let _entered = entered.acquire().await;
        let other = payments.run("8b", &2_u64, runs.ok()).await;
        leave.add_permits(1);
        other
    };
    let (first, other) = tokio::join!(running, asking);
    assert_eq!(first.unwrap(), 2);
    assert_eq!(other.unwrap_err().kind(), ErrorKind::KeyReused);
}

async fn errors_are_not_stored_unless_that_is_asked_for(fleet: Fleet) {
    let (node, runs) = (fleet.node().await, Runs::default());
    let payments = payments(&node);
    let failing = async || {
        let _ = runs.ok().await;
        Err::<u32, _>(PaymentError::Declined)
    };
    for expected in 1..=2 {
        let failed = payments.run("7f3a", &(), failing()).await;
        assert_eq!(
            (failed, runs.count()),
            (Err(PaymentError::Declined), expected)
        );
    }
    // After an error the key may be another request's.
    let corrected = payments
        .run("7f3a", &1_u64, async { Ok::<_, PaymentError>(9) })
        .await;
    assert_eq!(corrected, Ok(9));

    let declined = |error: &PaymentError| matches!(error, PaymentError::Declined);
    for _ in 0..2 {
        let failed = payments.run_storing("8b", &(), declined, failing()).await;
        assert_eq!((failed, runs.count()), (Err(PaymentError::Declined), 3));
    }
    // A build that stores no errors says that it is one, and does not run.
    let failed = payments.run("8b", &(), failing()).await;
    assert_eq!((failed, runs.count()), (Err(PaymentError::Larder), 3));
}

async fn a_caller_that_is_dropped_makes_way_at_once(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    // Longer than the test may take: whoever waits for it has not been told.
    let patient = |node: &Larder| {
        let builder = node.idempotency("payments").lease(Duration::from_mins(10));
        builder.wait(Duration::from_mins(10)).ttl(DAY).unwrap()
    };
    let (here, there) = (patient(&here), patient(&there));
    let entered = Arc::new(Semaphore::new(0));
    let begun = Arc::clone(&entered);
    let first = tokio::spawn(async move {
        let body = async {
            begun.add_permits(1);
            std::future::pending::<Result<u32, Error>>().await
        };
        here.run("7f3a", &(), body).await
    });
    let _entered = entered.acquire().await;
    let second =
        tokio::spawn(async move { there.run("7f3a", &(), async { Ok::<_, Error>(2) }).await });
    tokio::task::yield_now().await;
    first.abort();
    let taken_over = tokio::time::timeout(Duration::from_secs(20), second).await;
    assert_eq!(taken_over.expect("it is told").unwrap().unwrap(), 2);
}

async fn a_call_waits_no_longer_than_it_may(fleet: Fleet) {
    let node = fleet.node().await;
    let impatient = node.idempotency("payments").wait(Duration::from_millis(50));
    let impatient = impatient.ttl(DAY).unwrap();
    let runs = Runs::default();
    let (entered, leave) = (Semaphore::new(0), Semaphore::new(0));
    let running = impatient.run("7f3a", &(), async {
        entered.add_permits(1);
        let _left = leave.acquire().await;
        runs.ok().await
    });
    let asking = async {
        let _entered = entered.acquire().await;
        let late = impatient.run("7f3a", &(), runs.ok()).await;
        leave.add_permits(1);
        late
    };
    let (first, late) = tokio::join!(running, asking);
    assert_eq!(first.unwrap(), 1);
    let error = late.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InProgress);
    assert!(error.is_temporary());
}

async fn namespaces_tenants_and_keys_are_apart(fleet: Fleet) {
    let (node, runs) = (fleet.node().await, Runs::default());
    let others = [
        payments(&node),
        payments(&node.tenant("acme")),
        node.idempotency("refunds").ttl(DAY).unwrap(),
    ];
    for (place, other) in others.iter().enumerate() {
        let run = other.run("7f3a", &(), runs.ok()).await;
        assert_eq!(run.unwrap(), u32::try_from(place).unwrap() + 1);
    }
    assert_eq!(others[0].run("8b", &(), runs.ok()).await.unwrap(), 4);
}

async fn what_is_forgotten_runs_again(fleet: Fleet) {
    let (node, runs) = (fleet.node().await, Runs::default());
    let payments = payments(&node);
    assert!(!payments.forget("7f3a").await.unwrap());
    payments.run("7f3a", &(), runs.ok()).await.unwrap();
    assert!(payments.forget("7f3a").await.unwrap());
    assert_eq!(payments.run("7f3a", &(), runs.ok()).await.unwrap(), 2);
}

/// Cannot be written by MessagePack, nor by anything else.
#[derive(Debug, Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not to be written"))
    }
}

async fn a_result_that_cannot_be_written_does_not_run_again(fleet: Fleet) {
    let (node, runs) = (fleet.node().await, Runs::default());
    let payments = payments(&node);
    let body = async || runs.ok().await.map(|_| Unwritable);
    let first = payments.run("7f3a", &(), body()).await.unwrap_err();
    assert_eq!(first.kind(), ErrorKind::Encode);
    let second = payments.run("7f3a", &(), body()).await.unwrap_err();
    assert_eq!((second.kind(), runs.count()), (ErrorKind::Decode, 1));
}

async fn every_record_has_an_end(fleet: Fleet) {
    let (node, stranger) = (fleet.node().await, fleet.stranger().await);
    let payments = payments(&node);
    let while_it_runs = payments.run("7f3a", &(), async {
        Ok::<_, Error>(format!("{:?}", stranger.times_to_live().await))
    });
    let seen = while_it_runs.await.unwrap();
    assert!(
        seen.contains("app::&payments:1:7f3a") && !seen.contains("-1"),
        "{seen}"
    );
    let left = stranger
        .run(Command::new("PTTL").arg("app::&payments:1:7f3a"))
        .await;
    let left = left.into_int("PTTL").unwrap();
    assert!((1..=86_400_000).contains(&left), "{left}");
}

async fn a_column_that_is_null_is_not_a_row_that_is_missing(fleet: Fleet) {
    let node = fleet.node().await;
    for (key, row) in [
        ("none", None),
        ("null", Some(None)),
        ("some", Some(Some(7_u32))),
    ] {
        for _ in 0..2 {
            let body = async { Ok::<_, Error>(row) };
            let found = payments(&node).run(key, &0_u64, body).await;
            assert_eq!(found.unwrap(), row);
        }
    }
}

async fn who_closes_his_larder_gives_up_what_was_dropped(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let begun = Semaphore::new(0);
    let body = async {
        begun.add_permits(1);
        std::future::pending::<Result<u32, Error>>().await
    };
    let run = payments(&here);
    tokio::select! {
        biased;
        ran = run.run("7f3a", &(), body) => panic!("{ran:?}"),
        _begun = begun.acquire() => {}
    }
    here.close().await;
    let builder = there.idempotency("payments").wait(Duration::ZERO);
    let second = builder.ttl(DAY).unwrap();
    let ran = second.run("7f3a", &(), async { Ok::<_, Error>(2) }).await;
    assert_eq!(ran.unwrap(), 2);
}
