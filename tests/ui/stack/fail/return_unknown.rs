use larder::{cached, rate_limited, with_lock};

#[cached(namespace = "n", ttl = "5m")]
#[rate_limited("10/s", namespace = "n", key = "{id}")]
#[with_lock(key = "{id}")]
async fn user(id: u64) -> Result<User, larder::Error> {
    todo!()
}

fn main() {}
