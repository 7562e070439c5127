#[larder::rate_limited("10/s", namespace = "n", key = "{id}")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
