use larder::cached;

#[cached(namespace = "users", ttl = "5m", stale = "1h", reload = |id, previous| previous.not_modified())]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
