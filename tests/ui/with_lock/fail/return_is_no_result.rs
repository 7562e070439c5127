#[larder::with_lock(key = "{id}")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
