//! A walk through the keys of a server that is replaced meanwhile.

use larder::Larder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::by_hand::greet_next;
use crate::rig::patiently;

/// The next request that holds one of these words, and which of them it is.
async fn next<'word>(stream: &mut TcpStream, words: &[&'word str]) -> &'word str {
    let mut heard = Vec::new();
    loop {
        let length = patiently(stream.read_buf(&mut heard)).await.unwrap();
        assert_ne!(length, 0, "the connection was closed");
        let text = String::from_utf8_lossy(&heard);
        if let Some(word) = words.iter().find(|word| text.contains(**word)) {
            return word;
        }
    }
}

/// The cursor of one server says nothing about the keys of another.
#[tokio::test]
async fn a_walk_begins_anew_on_another_connection() {
    const BEGIN: &str = "SCAN\r\n$1\r\n0\r\n";
    const GO_ON: &str = "SCAN\r\n$2\r\n17\r\n";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut first = greet_next(&listener).await;
        next(&mut first, &[BEGIN]).await;
        first.write_all(b"*2\r\n$2\r\n17\r\n*0\r\n").await.unwrap();
        drop(first);
        let mut second = greet_next(&listener).await;
        loop {
            let answer: &[u8] = match next(&mut second, &[BEGIN, GO_ON, "UNLINK"]).await {
                BEGIN => b"*2\r\n$1\r\n0\r\n*1\r\n$19\r\nlarder::numbers:1:7\r\n",
                GO_ON => b"*2\r\n$1\r\n0\r\n*0\r\n",
                _ => b":1\r\n",
            };
            second.write_all(answer).await.unwrap();
        }
    });
    let larder = Larder::builder().url(url).build().await.unwrap();
    assert_eq!(
        patiently(Box::pin(larder.clear("numbers"))).await.unwrap(),
        1
    );
    server.abort();
}
