use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> String {
    id.to_string()
}

async fn greeting() -> usize {
    let user: String = user(7);
    user.len()
}

fn main() {
    drop(greeting());
}
