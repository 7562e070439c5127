//! A walk through the keys, or through the members of an index, of a server that is replaced
//! meanwhile: the cursor of one server says nothing about the order of another.

use std::time::Duration;

use larder::{CacheSpec, Larder, Ttl};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::by_hand::greet_next;
use crate::rig::patiently;

const NUMBERS: CacheSpec = CacheSpec::new("numbers", Ttl::after(Duration::from_mins(1)));

/// A server that has one page more on its first connection, and all that it has on the first page
/// of its second.
struct Replaced {
    listener: TcpListener,
    /// `SCAN` or `ZSCAN`.
    scan: &'static str,
    /// What is found, as it stands on the wire.
    found: &'static str,
}

impl Replaced {
    /// Answers until a walk begins anew that was begun before, then on and on.
    async fn serve(self, has_begun_anew: Sender<()>) {
        let mut first = greet_next(&self.listener).await;
        let begun = loop {
            let requests = requests(&mut first).await;
            if let Some(begun) = requests.iter().find(|words| words[0] == self.scan) {
                first.write_all(b"*2\r\n$2\r\n17\r\n*0\r\n").await.unwrap();
                break begun.clone();
            }
            let answers: String = requests.iter().map(|words| other(words)).collect();
            first.write_all(answers.as_bytes()).await.unwrap();
        };
        drop(first);
        let mut second = greet_next(&self.listener).await;
        let mut told = Some(has_begun_anew);
        loop {
            for words in requests(&mut second).await {
                let answer = if words == begun {
                    told.take().map(|told| told.send(()));
                    format!("*2\r\n$1\r\n0\r\n{}", self.found)
                } else if words[0] == self.scan {
                    "*2\r\n$1\r\n0\r\n*0\r\n".to_owned()
                } else {
                    other(&words).to_owned()
                };
                second.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    }
}

/// The answer to what is no walk: one key was removed, and an index has the count one.
fn other(words: &[String]) -> &'static str {
    match words[0].as_str() {
        "UNLINK" => ":1\r\n",
        _ => "$1\r\n1\r\n",
    }
}

/// The words of the requests that come next.
async fn requests(stream: &mut TcpStream) -> Vec<Vec<String>> {
    let (mut heard, mut found) = (Vec::new(), Vec::new());
    while found.is_empty() || !heard.is_empty() {
        let length = patiently(stream.read_buf(&mut heard)).await.unwrap();
        assert_ne!(length, 0, "the connection was closed");
        while let Some((words, rest)) = request(&heard) {
            heard = rest.to_vec();
            found.push(words);
        }
    }
    found
}

/// The words of the first request, and what stands behind it; `None` if it has not come whole.
fn request(bytes: &[u8]) -> Option<(Vec<String>, &[u8])> {
    let (count, mut rest) = number(bytes)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let (length, word) = number(rest)?;
        words.push(String::from_utf8_lossy(word.get(..length)?).into_owned());
        rest = word.get(length + 2..)?;
    }
    Some((words, rest))
}

/// The number behind a sign, and what stands behind its line.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let digits = std::str::from_utf8(&bytes[1..end]).unwrap();
    Some((digits.parse().unwrap(), &bytes[end + 2..]))
}

/// A Larder on such a server, and whether a walk has begun anew there.
async fn on_replaced(scan: &'static str, found: &'static str) -> (Larder, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let (tell, told) = oneshot::channel();
    let replaced = Replaced {
        listener,
        scan,
        found,
    };
    tokio::spawn(replaced.serve(tell));
    (Larder::builder().url(url).build().await.unwrap(), told)
}

#[tokio::test]
async fn a_walk_through_the_keys_begins_anew_on_another_connection() {
    let (larder, mut begun_anew) =
        on_replaced("SCAN", "*1\r\n$19\r\nlarder::numbers:1:7\r\n").await;
    let removed = patiently(Box::pin(larder.clear("numbers"))).await.unwrap();
    assert_eq!(removed, 1);
    begun_anew.try_recv().unwrap();
}

#[tokio::test]
async fn a_walk_through_an_index_begins_anew_on_another_connection() {
    let (larder, mut begun_anew) = on_replaced("ZSCAN", "*0\r\n").await;
    let numbers = larder.cache::<u64>(NUMBERS);
    let numbers = numbers.index("half", |number, half| half.value(&(number / 2)));
    let removed = Box::pin(numbers.invalidate_index("half", &3_u64));
    patiently(removed).await.unwrap();
    begun_anew.try_recv().unwrap();
}
