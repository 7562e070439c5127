#[larder::cached(namespace = "users", ttl = "1m")]
async fn user(id: u64, name: String) -> u64 {
    id + name.len() as u64
}

#[larder::cache_put(user(id, "Ada"))]
async fn write(id: u64) -> String {
    id.to_string()
}

fn main() {}
