use larder::with_lock;

#[with_lock(key = "order:{id}", crate = ::cellar)]
async fn ship(id: u64) -> Result<u64, larder::Error> {
    Ok(id)
}

fn main() {}
