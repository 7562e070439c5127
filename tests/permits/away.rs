//! With the server away nobody gets a permit.

use std::time::Duration;

use larder::{ErrorKind, Larder, MemoryServer};

#[tokio::test(start_paused = true)]
async fn the_body_does_not_run() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    let exports = node.permits("exports").limit(3).unwrap();
    control.cut();
    let refused = exports.run("all", async { panic!("it runs") }).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unreachable);

    control.heal();
    control.black_hole();
    let start = tokio::time::Instant::now();
    let refused = exports.run("all", async { panic!("it runs") }).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(
        start.elapsed() <= Duration::from_millis(1100),
        "{:?}",
        start.elapsed()
    );

    control.heal();
    exports.run("all", async {}).await.unwrap();
}
