//! Getting in, or being told clearly why not.

use larder_runtime::backend::{Backend, Command};
use larder_runtime::error::{Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::rig::{bulk, call, connect, connect_with, get, patiently, set, settings};
use crate::support::likely_free_port;
use crate::support::server::RedisServer;

/// The error with which connecting fails.
async fn refusal(url: &str) -> Error {
    let error = patiently(connect_with(url, &settings())).await.unwrap_err();
    assert_eq!(error.operation(), "connect");
    error
}

#[tokio::test]
async fn as_a_user_of_the_access_list() {
    let server = RedisServer::builder().acl_user("shop", "s/e@c%ret").start();
    let backend = connect(&server.url()).await;
    let whoami = Command::new("ACL").arg("WHOAMI");
    assert_eq!(backend.run(&whoami, &call()).await.unwrap(), bulk("shop"));
}

#[tokio::test]
async fn as_a_user_who_may_do_little() {
    let server = RedisServer::builder()
        .acl_user_with("shop", "secret", "~shop:* +get +set")
        .start();
    let backend = connect(&server.url()).await;
    set(&backend, "shop:key", "value").await.unwrap();
    assert!(!backend.supports_tracking());
    let error = set(&backend, "other", "value").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.code(), Some("NOPERM"));
}

#[tokio::test]
async fn with_the_password_of_the_default_user() {
    let server = RedisServer::builder().password("pässword").start();
    let backend = connect(&server.url()).await;
    set(&backend, "key", "value").await.unwrap();
}

#[tokio::test]
async fn into_another_database() {
    let server = RedisServer::start();
    let backend = connect(&format!("{}/3", server.url())).await;
    set(&backend, "key", "value").await.unwrap();
    let other = connect(&server.url()).await;
    assert_eq!(
        get(&other, "key").await.unwrap(),
        larder_runtime::backend::Reply::Nil
    );
    assert_eq!(get(&backend, "key").await.unwrap(), bulk("value"));
    assert!(server.command(&["INFO", "keyspace"]).contains("db3:keys=1"));
}

#[tokio::test]
async fn through_a_socket() {
    let server = RedisServer::builder()
        .acl_user("shop", "secret")
        .unix_socket()
        .start();
    let socket = server.socket();
    let url = format!(
        "redis+unix://{}?db=2&user=shop&password=secret",
        socket.display()
    );
    let backend = connect(&url).await;
    set(&backend, "key", "value").await.unwrap();
    assert!(server.command(&["INFO", "keyspace"]).contains("db2:keys=1"));
}

#[tokio::test]
async fn the_server_knows_who_we_are() {
    let server = RedisServer::start();
    let mut settings = settings();
    settings.client_name = Some("checkout-1".to_owned());
    let backend = connect_with(&server.url(), &settings).await.unwrap();
    assert!(backend.supports_tracking());
    let clients = server.command(&["CLIENT", "LIST"]);
    let ours = clients
        .lines()
        .find(|line| line.contains("name=checkout-1"))
        .expect(&clients);
    assert!(ours.contains("resp=3"), "{ours}");
}

#[tokio::test]
async fn not_with_a_wrong_password_which_is_not_shown() {
    let server = RedisServer::builder().password("right").start();
    let url = format!("redis://:hunter2@{}", server.address());
    let error = refusal(&url).await;
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.code(), Some("WRONGPASS"));
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("check the user and the password"), "{shown}");
    assert!(shown.contains(&server.address()), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn not_without_a_password_where_one_is_asked_for() {
    let server = RedisServer::builder().password("right").start();
    let error = refusal(&format!("redis://{}", server.address())).await;
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(
        error.to_string().contains("`redis://:password@host`"),
        "{error}"
    );
}

#[tokio::test]
async fn not_where_nobody_listens() {
    let error = refusal(&format!("redis://127.0.0.1:{}", likely_free_port())).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("refused"), "{error}");
    let error = refusal("redis+unix:///nowhere/redis.sock").await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("No such file"), "{error}");
    let error = refusal("redis://no-such-host.invalid").await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("cannot be resolved"), "{error}");
}

#[tokio::test]
async fn not_into_a_database_that_does_not_exist() {
    let server = RedisServer::start();
    let error = refusal(&format!("{}/16", server.url())).await;
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("no database 16"), "{error}");
}

#[tokio::test]
async fn not_into_a_replica() {
    let server = RedisServer::builder()
        .config("replicaof", "127.0.0.1 1")
        .start();
    let error = refusal(&server.url()).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("replica"), "{error}");
}

#[tokio::test]
async fn not_where_the_server_hangs() {
    let server = RedisServer::start();
    server.pause();
    let mut settings = settings();
    settings.connect_timeout = std::time::Duration::from_millis(50);
    let error = connect_with(&server.url(), &settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(
        error.message().contains("did not answer within 50ms"),
        "{error}"
    );
}

#[tokio::test]
async fn not_where_the_server_falls_silent_half_way_and_nothing_stays_behind() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let mut settings = settings();
    settings.connect_timeout = std::time::Duration::from_millis(50);
    let (outcome, mut stream) = tokio::join!(connect_with(&url, &settings), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"%1\r\n+version\r\n+7.2.0\r\n")
            .await
            .unwrap();
        stream
    });
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unreachable);
    // The connection is closed, although a request on it was never answered.
    let mut everything = Vec::new();
    let _ = patiently(stream.read_to_end(&mut everything)).await;
}

#[tokio::test]
async fn not_into_a_server_that_is_too_old() {
    let six = "%2\r\n$7\r\nversion\r\n$6\r\n6.2.14\r\n$4\r\nrole\r\n$6\r\nmaster\r\n";
    let url = impostor(&[six, &format!("{six}+PONG\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n")]).await;
    let error = refusal(&url).await;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("6.2.14"), "{error}");

    let url =
        impostor(&["-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n"]).await;
    let error = refusal(&url).await;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("Redis 7.0"), "{error}");
}

/// Such a server repeats the beginning of what it was sent, and so the password.
#[tokio::test]
async fn not_into_a_server_that_does_not_know_hello_and_the_password_is_not_shown() {
    let server = RedisServer::builder()
        .password("hunter2")
        .config("rename-command", "HELLO \"\"")
        .start();
    let quoted = |quote: char| {
        let sent = ["3", "AUTH", "default", "hunter2"].map(|word| format!("{quote}{word}{quote}"));
        format!(
            "-ERR unknown command {quote}HELLO{quote}, with args beginning with: {} \r\n",
            sent.join(" ")
        )
    };
    let real = server.address();
    for address in [
        real.clone(),
        address_of(&impostor(&[&quoted('\'')]).await),
        address_of(&impostor(&[&quoted('`')]).await),
    ] {
        let error = refusal(&format!("redis://:hunter2@{address}")).await;
        let shown = format!("{error} {error:?}");
        // Later servers say nothing of commands to those who have not logged in.
        if address == real && error.kind() == ErrorKind::Unauthorized && !server.is_redis_7_0() {
            assert!(!shown.contains("hunter2"), "{shown}");
            continue;
        }
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(shown.contains("HELLO"), "{shown}");
        assert!(shown.contains("Redis 7.0"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn not_into_something_else_altogether() {
    let url = impostor(&["HTTP/1.1 400 Bad Request\r\n\r\n"]).await;
    let error = refusal(&url).await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(
        error
            .message()
            .contains("does not speak the Redis protocol"),
        "{error}"
    );

    let url = impostor(&[]).await;
    let error = refusal(&url).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("`rediss://`"), "{error}");
}

fn address_of(url: &str) -> String {
    url.trim_start_matches("redis://").to_owned()
}

/// The URL of somebody who answers each message with the next of these, whatever it says, and then
/// hangs up.
async fn impostor(answers: &[&str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let answers: Vec<String> = answers.iter().map(ToString::to_string).collect();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut message = [0; 4096];
        for answer in answers {
            let _ = stream.read(&mut message).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        let _ = stream.read(&mut message).await;
    });
    url
}
