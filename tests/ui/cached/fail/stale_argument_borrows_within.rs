use larder::cached;

#[cached(namespace = "users", ttl = "5m", early = "xfetch")]
async fn users(names: &[&str]) -> u64 {
    names.len() as u64
}

fn main() {}
