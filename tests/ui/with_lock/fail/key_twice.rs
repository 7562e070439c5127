use larder::with_lock;

#[with_lock(key = ["account:{from}", "account:{from}"])]
async fn transfer(from: u64, to: u64) -> Result<u64, larder::Error> {
    Ok(from + to)
}

fn main() {}
