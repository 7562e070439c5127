#[larder::with_lock(key = ["from:{id}", "to:{di}"])]
async fn f(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
