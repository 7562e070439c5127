//! A server whose every word the test says.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::rig::patiently;

/// Takes a connection and says what a server says while it is set up.
pub(crate) async fn greet(listener: TcpListener) -> TcpStream {
    greet_next(&listener).await
}

/// The same, where others are to come.
pub(crate) async fn greet_next(listener: &TcpListener) -> TcpStream {
    const HELLO: &str = "%1\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n";
    let (mut stream, _) = listener.accept().await.unwrap();
    hear(&mut stream, "HELLO").await;
    stream.write_all(HELLO.as_bytes()).await.unwrap();
    hear(&mut stream, "LIB-VER").await;
    let answers = format!("{HELLO}+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
    stream.write_all(answers.as_bytes()).await.unwrap();
    stream
}

/// Reads until this word comes.
pub(crate) async fn hear(stream: &mut TcpStream, word: &str) {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(word) {
        let length = patiently(stream.read_buf(&mut heard)).await.unwrap();
        assert_ne!(length, 0, "the connection was closed");
    }
}
