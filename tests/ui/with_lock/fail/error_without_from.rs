struct Failed;

#[larder::with_lock(key = "{id}")]
async fn f(id: u64) -> Result<u64, Failed> {
    Ok(id)
}

fn main() {}
