#[larder::cached(namespace = "n", ttl = "5m")]
async fn name(id: u64) -> u64 {
    id
}

#[larder::invalidates(name(id))]
async fn rename(id: u64) -> Result<User, larder::Error> {
    todo!()
}

fn main() {}
