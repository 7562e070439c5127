use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn count(list: &mut Vec<u64>) -> u64 {
    list.len() as u64
}

fn main() {}
