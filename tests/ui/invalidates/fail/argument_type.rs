#[larder::cached(namespace = "users", ttl = "1m")]
async fn user(id: u64, name: String) -> u64 {
    id + name.len() as u64
}

#[larder::invalidates(user(id, &name))]
async fn write(id: String, name: String) -> String {
    id + &name
}

fn main() {}
