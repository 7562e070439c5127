#[larder::cached(namespace = "users", ttl = "1m")]
async fn user(id: u64, name: String) -> u64 {
    id + name.len() as u64
}

#[larder::cache_put(user(id, "Ada") = value.1)]
async fn write(id: u64) -> Result<(u64, String), larder::Error> {
    Ok((id, "Ada".to_owned()))
}

fn main() {}
