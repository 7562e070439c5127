#[larder::concurrency_limited(10, namespace = "n", key = "{id}")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
