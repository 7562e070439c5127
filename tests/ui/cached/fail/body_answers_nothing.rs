#[larder::cached(namespace = "n", ttl = "5m")]
async fn f(id: u64) -> u64 {
    id + 1;
}

fn main() {}
