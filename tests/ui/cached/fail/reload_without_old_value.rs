use larder::cached;

#[cached(namespace = "users", ttl = "5m", stale = "1h", reload = user_anew)]
async fn user(id: u64) -> u64 {
    id
}

async fn user_anew(id: u64) -> u64 {
    id
}

fn main() {}
