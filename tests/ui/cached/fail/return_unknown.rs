#[larder::cached(namespace = "n", ttl = "5m", stale = "1h", local = true)]
async fn user(id: u64) -> Result<User, larder::Error> {
    load(id).await
}

async fn load<T>(_: u64) -> T {
    todo!()
}

fn main() {}
