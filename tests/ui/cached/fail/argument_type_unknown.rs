#[larder::cached(namespace = "n", ttl = "5m")]
async fn user(id: UserId) -> u64 {
    7
}

fn main() {}
