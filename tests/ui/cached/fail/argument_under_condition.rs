#[larder::cached(namespace = "n", ttl = "5m")]
async fn user(id: u64, #[cfg(any())] trace: u64) -> u64 {
    id
}

fn main() {}
