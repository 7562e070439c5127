//! The embedded server as its links see it.

mod data_types;
mod eviction;
mod expiry;
#[cfg(feature = "testing")]
mod faults;
mod links;
mod properties;
mod scripts;
mod tracking;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{MemoryBackend, MemoryServer};
use crate::backend::{Backend, Call, Command, Listener, Push, Reply, Resend};
use crate::clock::Clock;
use crate::error::Result;

/// A server on a clock that begins at the same time in every test.
fn server() -> MemoryServer {
    MemoryServer::builder().clock(clock()).build()
}

fn clock() -> Clock {
    Clock::starting_at(Duration::from_secs(1_700_000_000))
}

fn call() -> Call {
    Call {
        deadline: clock().now() + Duration::from_secs(10),
        resend: Resend::Never,
    }
}

fn command(name: &'static str, arguments: &[&str]) -> Command {
    Command::new(name).args(arguments)
}

async fn try_run(link: &MemoryBackend, words: &'static str) -> Result<Reply> {
    let mut words = words.split(' ');
    let name = words.next().unwrap();
    let words: Vec<_> = words.collect();
    link.run(&command(name, &words), &call()).await
}

async fn run(link: &MemoryBackend, words: &'static str) -> Reply {
    try_run(link, words).await.unwrap()
}

/// The error's text.
async fn refused(link: &MemoryBackend, words: &'static str) -> String {
    try_run(link, words).await.unwrap_err().message().to_owned()
}

fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.as_bytes().to_vec())
}

fn bulks(texts: &[&str]) -> Reply {
    Reply::Array(texts.iter().map(|text| bulk(text)).collect())
}

/// What the link hears from now on.
fn hear(link: &MemoryBackend) -> Arc<Mutex<Vec<Push>>> {
    let heard = Arc::<Mutex<Vec<Push>>>::default();
    let ear = Arc::clone(&heard);
    link.listen(Listener::new(move |push| {
        ear.lock().unwrap().push(push.clone());
    }));
    heard
}

fn take(heard: &Mutex<Vec<Push>>) -> Vec<Push> {
    std::mem::take(&mut heard.lock().unwrap())
}

fn invalidated(keys: &[&str]) -> Push {
    Push::Invalidated(keys.iter().map(|key| key.as_bytes().to_vec()).collect())
}

/// Lets the other tasks run.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}
