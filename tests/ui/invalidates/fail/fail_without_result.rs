#[larder::cached(namespace = "users", ttl = "1m")]
async fn user(id: u64, name: String) -> u64 {
    id + name.len() as u64
}

#[larder::invalidates(user(id, "Ada"), on_error = "fail")]
async fn write(id: u64) -> u64 {
    id
}

fn main() {}
