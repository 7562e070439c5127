//! What the other tests stand on is tested first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this whole target is a test"
)]

#[path = "support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use larder_runtime::clock::Clock;
use support::certificates::Certificates;
use support::processes::{self, Child};
use support::proxy::Proxy;
use support::raw::RawReply;
use support::server::RedisServer;

/// Says `PING` over this connection.
fn ping(stream: &mut TcpStream) {
    stream.write_all(b"PING\r\n").unwrap();
}

/// Reads the answer to one `PING`, however long a busy machine takes for it.
fn hear_pong(stream: &mut TcpStream) {
    let mut answer = [0; 7];
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

/// Hears nothing for a moment, on a connection that stays open.
fn hear_nothing(stream: &mut TcpStream) {
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let silence = stream.read(&mut [0; 64]).unwrap_err();
    assert_eq!(silence.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_server_answers_is_killed_and_comes_back_empty_on_its_port() {
    let mut server = RedisServer::start();
    let address = server.address();
    server.command(&["SET", "key", "value"]);
    assert_eq!(server.command(&["GET", "key"]), "value");
    let mut stream = TcpStream::connect(&address).unwrap();
    ping(&mut stream);
    hear_pong(&mut stream);

    server.kill();
    assert!(TcpStream::connect(&address).is_err());

    server.restart();
    assert_eq!(server.address(), address);
    assert_eq!(server.reply(&["GET", "key"]), RawReply::Nil);
}

#[test]
fn a_paused_server_keeps_connections_and_answers_nothing() {
    let server = RedisServer::start();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    server.pause();
    ping(&mut stream);
    hear_nothing(&mut stream);
    server.resume();
    hear_pong(&mut stream);
}

#[test]
fn a_server_counts_and_shows_commands() {
    let server = RedisServer::start();
    let mut monitor = server.monitor();
    server.command(&["SET", "a \"quoted\" key", "välue\n"]);
    server.command(&["EVAL", "return redis.call('GET', KEYS[1])", "1", "k"]);
    let commands = monitor.commands();
    assert_eq!(commands[0].words, ["SET", "a \"quoted\" key", "välue\n"]);
    assert_eq!(commands[2].client, "lua");
    assert_eq!(commands[2].words, ["GET", "k"]);
    assert!(monitor.commands().is_empty());

    server.reset_stats();
    server.command(&["GET", "k"]);
    server.command(&["GET", "k"]);
    let calls = server.commandstats();
    assert_eq!(calls.get("get"), Some(&2));
    assert_eq!(calls.len(), 1, "{calls:?}");
}

#[test]
fn credentials_are_asked_for_and_stand_in_the_url() {
    let server = RedisServer::builder()
        .password("p@ss word")
        .acl_user_with("ann", "se/cret", "~own:* &* +@all")
        .config("maxmemory", "32mb")
        .start();
    let port = server.port();
    assert_eq!(
        server.url(),
        format!("redis://ann:se%2Fcret@127.0.0.1:{port}")
    );
    assert_eq!(
        server.command(&["CONFIG", "GET", "maxmemory"]),
        "maxmemory\n33554432\n"
    );

    let mut connection = server.connect();
    let welcome = connection.run(&["AUTH", "ann", "se/cret"]).unwrap();
    assert_eq!(welcome, RawReply::Text("OK".to_owned()));
    let refused = connection.run(&["GET", "foreign"]).unwrap();
    assert!(refused.to_string().starts_with("NOPERM"), "{refused:?}");
}

#[test]
fn a_server_of_another_kind_has_no_plain_port() {
    let certificates = Certificates::create();
    let tls = RedisServer::builder().tls(&certificates).start();
    assert!(tls.url().starts_with("rediss://127.0.0.1:"));
    // It speaks another language there: an alert or the end of the connection, and no `+PONG`.
    let mut answer = Vec::new();
    let mut stream = TcpStream::connect(tls.address()).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"+PONG"));

    let local = RedisServer::builder().unix_socket().start();
    assert!(local.url().ends_with("redis.sock"));
    assert!(TcpStream::connect(local.address()).is_err());
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let started = std::panic::catch_unwind(|| {
        RedisServer::builder()
            .config("no-such-setting", "1")
            .start();
    });
    let message = *started.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("no-such-setting"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_forwards_stalls_delays_and_cuts() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.address()).await;
    let address = proxy.address();
    let connect = || TcpStream::connect(&address);

    let mut stream = connect().unwrap();
    ping(&mut stream);
    hear_pong(&mut stream);
    assert_eq!((proxy.connections(), proxy.open_connections()), (1, 1));

    proxy.stall();
    let mut late = connect().unwrap();
    for stream in [&mut stream, &mut late] {
        ping(stream);
        hear_nothing(stream);
    }
    proxy.forward();
    for stream in [&mut stream, &mut late] {
        hear_pong(stream);
    }

    let clock = Clock::system();
    let delay = Duration::from_millis(50);
    proxy.delay(delay);
    let sent = clock.now();
    ping(&mut stream);
    hear_pong(&mut stream);
    assert!(clock.now().saturating_since(sent) >= delay);

    proxy.cut();
    assert_eq!(stream.read(&mut [0; 64]).unwrap_or_default(), 0);
    while connect().is_ok() {}

    proxy.forward();
    let mut stream = loop {
        if let Ok(stream) = connect() {
            break stream;
        }
    };
    ping(&mut stream);
    hear_pong(&mut stream);

    drop(proxy);
    while connect().is_ok() {}
}

#[test]
fn a_child_plays_its_role() {
    if let Some(stage) = processes::stage() {
        assert_eq!(stage.role(), "echo");
        stage.report(processes::variable("FIRST"));
        loop {
            stage.report(match stage.order().as_str() {
                "end" => return,
                order => order.to_uppercase(),
            });
        }
    }
    let start = || Child::of_this_test("a_child_plays_its_role", "echo", &[("FIRST", "hello")]);
    let (mut ending, mut killed) = (start(), start());
    assert_eq!(ending.report(), "hello");
    ending.order("abc");
    assert_eq!(ending.report(), "ABC");
    ending.order("end");
    ending.wait(Duration::from_secs(10));

    assert_eq!(killed.report(), "hello");
    killed.kill();
    assert!(!killed.status().success());
}

#[test]
fn a_server_does_not_outlive_a_killed_test() {
    if let Some(stage) = processes::stage() {
        let server = RedisServer::start();
        stage.report(server.address());
        stage.order();
        return;
    }
    let name = "a_server_does_not_outlive_a_killed_test";
    let mut child = Child::of_this_test(name, "owner", &[]);
    let address = child.report();
    assert!(TcpStream::connect(&address).is_ok());
    child.kill();
    let gone = (0..1_000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        TcpStream::connect(&address).is_err()
    });
    assert!(gone, "the server at {address} still runs");
}
