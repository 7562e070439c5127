//! What a test can do to a link.

use super::*;
use crate::error::ErrorKind;

#[tokio::test(start_paused = true)]
async fn a_delayed_request_runs_late_and_a_delayed_reply_comes_late() {
    let server = server();
    let (slow, other) = (server.connect(), server.connect());
    let control = slow.control();
    control.delay_requests(Duration::from_millis(100));
    let task = tokio::spawn(async move { run(&slow, "SET k v").await });
    server.clock().sleep(Duration::from_millis(50)).await;
    assert_eq!(run(&other, "EXISTS k").await, Reply::Int(0));
    server.clock().sleep(Duration::from_millis(60)).await;
    assert_eq!(run(&other, "EXISTS k").await, Reply::Int(1));
    assert!(task.is_finished());

    let slow = server.connect();
    slow.control().delay_replies(Duration::from_millis(100));
    let task = tokio::spawn(async move { run(&slow, "DEL k").await });
    server.clock().sleep(Duration::from_millis(50)).await;
    assert_eq!(run(&other, "EXISTS k").await, Reply::Int(0));
    assert!(!task.is_finished());
    assert_eq!(task.await.unwrap(), Reply::Int(1));
}

#[tokio::test(start_paused = true)]
async fn a_cut_link_fails_at_once_and_forgets() {
    let server = server();
    let (link, writer) = (server.connect(), server.connect());
    let heard = hear(&link);
    let control = link.control();
    run(&link, "CLIENT TRACKING ON").await;
    run(&link, "SUBSCRIBE c").await;
    run(&link, "GET k").await;
    control.delay_replies(Duration::from_mins(1));
    let under_way = tokio::spawn({
        let link = link.clone();
        async move { try_run(&link, "GET k").await }
    });
    settle().await;
    control.cut();
    let error = under_way.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let error = try_run(&link, "GET k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(take(&heard), [Push::Disconnected]);
    run(&writer, "SET k v").await;
    assert_eq!(run(&writer, "PUBLISH c m").await, Reply::Int(0));
    control.heal();
    assert_eq!(take(&heard), [Push::Connected]);
    assert_eq!(run(&link, "GET k").await, bulk("v"));
    run(&writer, "SET k w").await;
    assert_eq!(take(&heard), [], "the new connection tracks nothing yet");
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_swallows_calls_until_it_is_healed() {
    let server = server();
    let (link, writer) = (server.connect(), server.connect());
    let heard = hear(&link);
    let control = link.control();
    run(&link, "CLIENT TRACKING ON").await;
    run(&link, "GET k").await;
    control.black_hole();
    let swallowed = tokio::spawn({
        let link = link.clone();
        async move { try_run(&link, "SET k lost").await }
    });
    server.clock().sleep(Duration::from_hours(1)).await;
    assert!(!swallowed.is_finished());
    run(&writer, "SET k v").await;
    assert_eq!(take(&heard), []);
    control.heal();
    let error = swallowed.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(take(&heard), [Push::Disconnected, Push::Connected]);
    assert_eq!(run(&link, "GET k").await, bulk("v"));
}

#[tokio::test(start_paused = true)]
async fn lost_replies_are_of_commands_that_ran() {
    let server = server();
    let (link, other) = (server.connect(), server.connect());
    let control = link.control();
    control.lose_reply_of_next(1);
    let lost = tokio::spawn({
        let link = link.clone();
        async move { try_run(&link, "INCR n").await }
    });
    server.clock().sleep(Duration::from_mins(1)).await;
    assert!(!lost.is_finished());
    assert_eq!(run(&other, "GET n").await, bulk("1"));
    assert_eq!(run(&link, "INCR n").await, Reply::Int(2));
    lost.abort();
}

#[tokio::test(start_paused = true)]
async fn lost_pushes_come_back_as_a_new_connection() {
    let server = server();
    let (link, writer) = (server.connect(), server.connect());
    let heard = hear(&link);
    let control = link.control();
    run(&link, "CLIENT TRACKING ON").await;
    run(&link, "GET k").await;
    control.lose_pushes();
    run(&writer, "SET k v").await;
    assert_eq!(run(&link, "GET k").await, bulk("v"));
    assert_eq!(take(&heard), []);
    control.heal();
    assert_eq!(take(&heard), [Push::Disconnected, Push::Connected]);
}

#[tokio::test(start_paused = true)]
async fn round_trips_are_counted_by_name() {
    let link = server().connect();
    let control = link.control();
    run(&link, "GET k").await;
    let before = control.round_trips();
    run(&link, "get k").await;
    run(&link, "GET k").await;
    let pipeline = crate::backend::Pipeline::new(crate::backend::Atomicity::Independent)
        .then(command("GET", &["k"]))
        .then(command("GET", &["k"]));
    link.pipeline(&pipeline, &call()).await.unwrap();
    let gone = control.round_trips().since(&before);
    assert_eq!(
        (gone.of("GET"), gone.of("PIPELINE"), gone.total()),
        (2, 1, 3)
    );
    let script = crate::backend::Script::new("return 1");
    for trips in [(2, 1), (3, 1)] {
        link.script(&script.on::<&str>(&[]), &call()).await.unwrap();
        let gone = control.round_trips().since(&before);
        assert_eq!((gone.of("EVALSHA"), gone.of("SCRIPT")), trips);
    }
    control.cut();
    try_run(&link, "GET k").await.unwrap_err();
    assert_eq!(control.round_trips().since(&before).total(), 7);
}

#[tokio::test(start_paused = true)]
async fn delayed_pushes_come_late_and_replies_do_not() {
    let server = server();
    let (link, writer) = (server.connect(), server.connect());
    let heard = hear(&link);
    link.control().delay_pushes(Duration::from_millis(100));
    run(&link, "CLIENT TRACKING ON").await;
    run(&link, "GET k").await;
    run(&writer, "SET k v").await;
    assert_eq!(run(&link, "GET k").await, bulk("v"));
    server.clock().sleep(Duration::from_millis(99)).await;
    assert_eq!(take(&heard), []);
    server.clock().sleep(Duration::from_millis(2)).await;
    assert_eq!(take(&heard), [Push::Invalidated(vec![b"k".to_vec()])]);
}
