#[larder::with_lock(key = "{id}", fair, quorum)]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
