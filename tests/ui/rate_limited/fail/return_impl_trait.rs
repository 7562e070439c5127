#[larder::rate_limited("10/s", namespace = "n", key = "{id}")]
async fn f(id: u64) -> impl std::fmt::Display {
    id
}

fn main() {}
