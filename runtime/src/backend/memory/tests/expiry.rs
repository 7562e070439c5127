//! Keys end when their time comes, touched or not.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_key_ends_when_it_is_touched_too_late() {
    let server = server();
    let link = server.connect();
    run(&link, "SET k v PX 100").await;
    assert_eq!(run(&link, "PTTL k").await, Reply::Int(100));
    tokio::time::advance(Duration::from_millis(99)).await;
    assert_eq!(run(&link, "GET k").await, bulk("v"));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(run(&link, "GET k").await, Reply::Nil);
    assert_eq!(run(&link, "PTTL k").await, Reply::Int(-2));
}

#[tokio::test(start_paused = true)]
async fn a_key_ends_though_nobody_touches_it() {
    let server = server();
    let (reader, writer) = (server.connect(), server.connect());
    let heard = hear(&reader);
    run(&reader, "CLIENT TRACKING ON").await;
    run(&writer, "SET k v PX 100").await;
    run(&reader, "GET k").await;
    // Nothing but the server's own task can tell of it.
    server.clock().sleep(Duration::from_millis(150)).await;
    assert_eq!(take(&heard), [invalidated(&["k"])]);
    assert_eq!(run(&writer, "DBSIZE").await, Reply::Int(0));
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_follows_a_clock_that_is_moved_by_hand() {
    let clock = clock();
    let server = MemoryServer::builder().clock(clock.clone()).build();
    let link = server.connect();
    let heard = hear(&link);
    run(&link, "CLIENT TRACKING ON").await;
    run(&link, "SET k v EX 3600").await;
    run(&link, "GET k").await;
    settle().await;
    clock.advance(Duration::from_hours(1));
    settle().await;
    assert_eq!(take(&heard), [invalidated(&["k"])]);
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_gets_up_for_a_key_that_ends_sooner() {
    let server = server();
    let link = server.connect();
    let heard = hear(&link);
    run(&link, "CLIENT TRACKING ON").await;
    run(&link, "SET late v EX 3600").await;
    settle().await;
    run(&link, "SET soon v PX 10").await;
    run(&link, "GET soon").await;
    server.clock().sleep(Duration::from_millis(20)).await;
    assert_eq!(take(&heard), [invalidated(&["soon"])]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_server_does_not_move_a_paused_clock() {
    let server = server();
    let link = server.connect();
    run(&link, "SET k v EX 1").await;
    run(&link, "PERSIST k").await;
    settle().await;
    let start = server.clock().now();
    // A runtime with nothing to do jumps to its next timer, so the server must have none. Only
    // another thread can make this one idle.
    let (done, is_done) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        done.send(())
    });
    is_done.await.unwrap();
    thread.join().unwrap().unwrap();
    let elapsed = server.clock().now().saturating_since(start);
    assert!(elapsed <= Duration::from_secs(1), "{elapsed:?}");

    drop(link);
    drop(server);
    settle().await;
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0, "the sweeper goes with its server");
}

#[tokio::test(start_paused = true)]
async fn many_keys_end_at_once() {
    let server = server();
    let link = server.connect();
    for number in 0..1000 {
        let key = number.to_string();
        link.run(&command("SET", &[&key, "v", "PX", "50"]), &call())
            .await
            .unwrap();
    }
    server.clock().sleep(Duration::from_millis(51)).await;
    settle().await;
    assert_eq!(run(&link, "DBSIZE").await, Reply::Int(0));
}

#[tokio::test(start_paused = true)]
async fn ends_follow_their_keys() {
    let link = server().connect();
    run(&link, "SET k v EX 100").await;
    run(&link, "SET k w KEEPTTL").await;
    assert_eq!(run(&link, "TTL k").await, Reply::Int(100));
    run(&link, "RENAME k l").await;
    assert_eq!(run(&link, "TTL l").await, Reply::Int(100));
    assert_eq!(run(&link, "EXPIRE l 50 GT").await, Reply::Int(0));
    assert_eq!(run(&link, "EXPIRE l 50 LT").await, Reply::Int(1));
    assert_eq!(run(&link, "PERSIST l").await, Reply::Int(1));
    assert_eq!(run(&link, "TTL l").await, Reply::Int(-1));
    run(&link, "SET l v EX 100").await;
    run(&link, "SET l v").await;
    assert_eq!(run(&link, "TTL l").await, Reply::Int(-1));
    assert_eq!(run(&link, "EXPIRE l -1").await, Reply::Int(1));
    assert_eq!(run(&link, "EXISTS l").await, Reply::Int(0));
    assert_eq!(run(&link, "PEXPIRE none 5").await, Reply::Int(0));
}

#[test]
fn a_server_outlives_a_runtime() {
    let server = server();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let link = server.connect();
    let heard = hear(&link);
    runtime().block_on(async {
        run(&link, "CLIENT TRACKING ON").await;
        run(&link, "SET a v EX 1").await;
    });
    runtime().block_on(async {
        run(&link, "SET b v PX 20").await;
        run(&link, "GET b").await;
        server.clock().advance(Duration::from_millis(30));
        settle().await;
    });
    assert_eq!(take(&heard), [invalidated(&["b"])]);
}
