use larder::cached;

struct User {
    id: u64,
}

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> Result<User, String> {
    Ok(User { id })
}

fn main() {}
