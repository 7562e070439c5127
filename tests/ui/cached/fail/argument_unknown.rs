use larder::cached;

#[cached(namespace = "users", tll = "5m")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
