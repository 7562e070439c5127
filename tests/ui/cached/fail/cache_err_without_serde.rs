use larder::cached;

#[derive(Debug)]
struct NotFound;

#[cached(namespace = "users", ttl = "5m", err_ttl = "10s", cache_err = |_| true)]
async fn user(id: u64) -> Result<u64, NotFound> {
    if id == 0 { Err(NotFound) } else { Ok(id) }
}

fn main() {}
