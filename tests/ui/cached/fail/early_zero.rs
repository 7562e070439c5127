use larder::cached;

#[cached(namespace = "users", ttl = "1m", early = "0%")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
