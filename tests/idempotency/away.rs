//! With the server away a body does not run.

use std::time::Duration;

use larder::{Error, ErrorKind, HealthStatus, Larder, MemoryServer};

use crate::support::runtimes::alive_tasks;
use crate::support::server::RedisServer;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test(start_paused = true)]
async fn the_body_does_not_run() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let payments = node.idempotency("payments").ttl(DAY).unwrap();
    control.cut();
    let body = async { panic!("it runs") };
    let refused: Result<u64, Error> = payments.run("7f3a", &(), body).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unreachable);
    assert_eq!(node.health().await.status, HealthStatus::Down);

    control.heal();
    let run = payments.run("7f3a", &(), async { Ok::<_, Error>(1) }).await;
    assert_eq!(run.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_costs_the_command_timeout() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let payments = node.idempotency("payments").ttl(DAY).unwrap();
    control.black_hole();
    let began = tokio::time::Instant::now();
    let body = async { panic!("it runs") };
    let refused: Result<u64, Error> = payments.run("7f3a", &(), body).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(
        began.elapsed() <= Duration::from_millis(1100),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_while_the_body_ends_loses_no_result() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let payments = node.idempotency("payments").ttl(DAY).unwrap();
    let run = payments.run("7f3a", &(), async {
        control.cut();
        Ok::<_, Error>(1)
    });
    let mending = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        control.heal();
    };
    let (run, ()) = tokio::join!(run, mending);
    assert_eq!(run.unwrap(), 1);
    let again = payments.run("7f3a", &(), async { Ok::<_, Error>(2) }).await;
    assert_eq!(again.unwrap(), 1);
}

/// What a bank has done must not be done again because there was no room to note it.
#[tokio::test]
async fn a_server_that_is_full_while_the_body_ends_loses_no_result() {
    let server = RedisServer::start();
    let node = Larder::builder().url(server.url()).build().await.unwrap();
    let payments = node.idempotency("payments").ttl(DAY).unwrap();
    let run = payments.run("7f3a", &(), async {
        server.command(&["CONFIG", "SET", "maxmemory", "1"]);
        Ok::<_, Error>(1)
    });
    let mending = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    };
    let (run, ()) = tokio::join!(run, mending);
    assert_eq!(run.unwrap(), 1);
    let again = payments.run("7f3a", &(), async { Ok::<_, Error>(2) }).await;
    assert_eq!(again.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_could_not_be_stored_is_an_error_that_says_so() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let payments = node.idempotency("payments").ttl(DAY).unwrap();
    let run = payments.run("7f3a", &(), async {
        control.cut();
        Ok::<_, Error>(1)
    });
    let error = run.await.unwrap_err();
    assert!(error.message().contains("the body has run"), "{error}");
}

/// What was never sent need not be given up, however many ask.
#[tokio::test(start_paused = true)]
async fn who_asks_in_vain_leaves_nothing_behind() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let payments = node.idempotency("payments").ttl(DAY).unwrap();
    let run = payments.run("first", &(), async { Ok::<_, Error>(1) });
    run.await.unwrap();
    control.cut();
    let before = alive_tasks();
    for _ in 0..3 {
        let run = payments.run("7f3a", &(), async { Ok::<_, Error>(1) });
        run.await.unwrap_err();
    }
    assert!(alive_tasks() <= before);
}
