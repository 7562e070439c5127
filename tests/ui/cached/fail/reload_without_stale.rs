use larder::cached;

#[cached(namespace = "users", ttl = "5m", reload = user_anew)]
async fn user(id: u64) -> u64 {
    id
}

async fn user_anew(id: u64, previous: larder::Previous<u64>) -> u64 {
    id + previous.not_modified()
}

fn main() {}
