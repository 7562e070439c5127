#[larder::with_lock(key = "{id}", try, wait = "5s")]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
