use std::rc::Rc;

use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    let shared = Rc::new(id);
    std::future::ready(()).await;
    *shared
}

fn sent<T: Send>(_: T) {}

fn main() {
    sent(user(7));
}
