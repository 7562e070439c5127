use larder::cached;

#[cached(namespace = "users", ttl = "5m", tags = ["user:{id}", "users", "user:{id}"])]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
