use larder::cached;

#[cached(namespace = "users", ttl = "5m", cache_err = |_| true, err_ttl = "2s")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
