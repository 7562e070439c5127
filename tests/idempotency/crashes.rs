//! `kill -9` at any moment: a call that has completed never runs again, and one that has not is
//! superseded.
//!
//! `LARDER_KILLS=1000` kills as many processes; CI kills fewer.

use std::time::Duration;

use larder::{Error, Idempotency, Larder};
use larder_runtime::backend::Command;

use crate::fleet::{Fleet, Stranger};
use crate::support::processes::{Child, Stage, stage, variable};

/// How many calls each process has under way when it is killed.
const CALLS: u64 = 8;
const LEASE: Duration = Duration::from_millis(400);

fn kills() -> u64 {
    let wanted = std::env::var("LARDER_KILLS").ok();
    wanted.map_or(24, |wanted| wanted.parse().expect("a number"))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

async fn payments(url: &str) -> Idempotency {
    let builder = Larder::builder().url(url).app("app");
    let larder = builder.command_timeout(crate::fleet::PATIENCE).build();
    let larder = larder.await.expect("a running server");
    let builder = larder.idempotency("payments").lease(LEASE);
    builder
        .wait(Duration::from_secs(30))
        .ttl(Duration::from_hours(1))
        .unwrap()
}

/// Counts a run where it survives its process, and answers which it was.
async fn run(counts: &Stranger, round: u64, call: u64, length: Duration) -> Result<i64, Error> {
    let counted = counts
        .run(Command::new("INCR").arg(format!("runs:{round}:{call}")))
        .await;
    tokio::time::sleep(length).await;
    counted.into_int("INCR")
}

#[test]
fn a_completed_call_never_runs_again_whatever_is_killed() {
    if let Some(stage) = stage() {
        return block_on(call_until_killed(&stage));
    }
    block_on(async {
        let fleet = Fleet::redis();
        let Fleet::Redis(server) = &fleet else {
            unreachable!()
        };
        let url = server.url();
        let mut checks = Vec::new();
        for round in 0..kills() {
            let mut child = Child::of_this_test(
                "crashes::a_completed_call_never_runs_again_whatever_is_killed",
                "caller",
                &[("URL", &url), ("ROUND", &round.to_string())],
            );
            assert_eq!(child.report(), "ready");
            child.order("go");
            // Before, while and after its calls run, which take up to as long.
            tokio::time::sleep(Duration::from_micros(fastrand::u64(..30_000))).await;
            child.kill();
            let (payments, counts) = (payments(&url).await, fleet.stranger().await);
            checks.push(tokio::spawn(check(payments, counts, round)));
        }
        let mut completed = 0;
        for check in checks {
            completed += check.await.expect("the calls of one process");
        }
        let calls = kills() * CALLS;
        println!(
            "{} kills, {calls} calls, {completed} of them completed before",
            kills()
        );
        // Kills that are all too early or too late have shown nothing.
        assert!(completed > 0 && completed < calls, "{completed} of {calls}");
    });
}

/// Whatever has completed keeps its result, and whatever has not is run once more. Answers how many
/// had completed.
async fn check(payments: Idempotency, counts: Stranger, round: u64) -> u64 {
    let mut completed = 0;
    for call in 0..CALLS {
        let key = format!("{round}.{call}");
        let record = format!("app::&payments:1:{key}");
        let result = counts
            .run(Command::new("HEXISTS").arg(&record).arg("result"))
            .await;
        let had_completed = result.into_int("HEXISTS").unwrap() == 1;
        completed += u64::from(had_completed);
        let runs = counts.get(&format!("runs:{round}:{call}")).await;
        let before: i64 = runs.map_or(0, |runs| String::from_utf8(runs).unwrap().parse().unwrap());

        let body = || run(&counts, round, call, Duration::ZERO);
        let first = payments.run(&key, &call, body()).await.unwrap();
        let again = payments.run(&key, &call, body()).await.unwrap();
        assert_eq!(first, again);
        let expected = if had_completed { before } else { before + 1 };
        assert_eq!(
            first, expected,
            "round {round}, call {call}, completed: {had_completed}"
        );
        assert!(
            !had_completed || before == 1,
            "a call ran {before} times before"
        );
    }
    completed
}

async fn call_until_killed(stage: &Stage) {
    let url = variable("URL");
    let round: u64 = variable("ROUND").parse().expect("a number");
    let payments = payments(&url).await;
    let counts = std::sync::Arc::new(Stranger::at(&url).await);
    stage.report("ready");
    stage.order();
    let calls = (0..CALLS).map(|call| {
        let (payments, counts) = (payments.clone(), std::sync::Arc::clone(&counts));
        tokio::spawn(async move {
            let length = Duration::from_millis(fastrand::u64(..20));
            let body = run(&counts, round, call, length);
            payments.run(&format!("{round}.{call}"), &call, body).await
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("a call").expect("a result");
    }
    // Until it is killed.
    std::future::pending::<()>().await;
}
