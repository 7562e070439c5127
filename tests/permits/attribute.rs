//! `#[concurrency_limited]` on functions and methods.

use std::pin::Pin;
use std::sync::Arc;

use larder::{Error, ErrorKind, concurrency_limited};
use tokio::sync::Semaphore;

use crate::fleet::{Fleet, start};

on_each_backend!(
    so_many_run_at_a_time_in_the_whole_fleet,
    methods_and_boxed_futures_too,
);

/// Where calls say that they run, and are let on.
struct Stage {
    entered: Semaphore,
    leave: Semaphore,
}

impl Stage {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            entered: Semaphore::new(0),
            leave: Semaphore::new(0),
        })
    }

    async fn play(&self) {
        self.entered.add_permits(1);
        self.leave.acquire().await.expect("open").forget();
    }
}

#[concurrency_limited(2, namespace = "attribute", key = "{user}", wait = "0s")]
async fn export(user: u64, stage: Arc<Stage>) -> Result<u64, Error> {
    stage.play().await;
    if user == 0 {
        return Ok(0);
    }
    Ok(user)
}

async fn so_many_run_at_a_time_in_the_whole_fleet(fleet: Fleet) {
    let (here, there) = (fleet.node().await, fleet.node().await);
    let stage = Stage::new();
    let running = [
        start(&here, export(7, Arc::clone(&stage))),
        start(&there, export(7, Arc::clone(&stage))),
    ];
    stage.entered.acquire_many(2).await.unwrap().forget();
    for node in [&here, &there] {
        let refused = node.scope(export(7, Arc::clone(&stage))).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NoPermit);
        let said = refused.to_string();
        assert!(said.contains("wait for one with `wait`"), "{said}");
    }
    let other = start(&here, export(8, Arc::clone(&stage)));
    stage.entered.acquire().await.unwrap().forget();
    stage.leave.add_permits(3);
    for call in running {
        assert_eq!(call.await.unwrap().unwrap(), 7);
    }
    assert_eq!(other.await.unwrap().unwrap(), 8);
}

struct Printer(u64);

trait Prints {
    fn print<'a>(
        &'a self,
        text: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + 'a>>;
}

impl Printer {
    #[concurrency_limited(
        1,
        namespace = "printers",
        key = "{self.0}",
        lease = "30s",
        wait = "0s"
    )]
    async fn nested(&self) -> Result<usize, Error> {
        // Needs the permit that this call has.
        self.print("once more").await
    }
}

impl Prints for Printer {
    #[concurrency_limited(limit = 1, namespace = "printers", key = "{self.0}", wait = "0s")]
    fn print<'a>(
        &'a self,
        text: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + 'a>> {
        Box::pin(async move { Ok(text.len()) })
    }
}

async fn methods_and_boxed_futures_too(fleet: Fleet) {
    let printer = Printer(3);
    let node = fleet.node().await;
    let text = node.scope(async { printer.print("text").await }).await;
    assert_eq!(text.unwrap(), 4);
    let second = fleet.node().await;
    let other = Printer(4);
    let nested = second.scope(async { other.nested().await }).await;
    assert_eq!(nested.unwrap_err().kind(), ErrorKind::NoPermit);
}
