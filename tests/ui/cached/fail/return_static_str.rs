use larder::cached;

#[cached(namespace = "names", ttl = "5m")]
async fn name(id: u64) -> &'static str {
    if id == 0 { "nobody" } else { "somebody" }
}

fn main() {}
