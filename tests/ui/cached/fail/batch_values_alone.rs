use larder::cached;

#[cached(namespace = "squares", ttl = "5m", batch)]
async fn squares(ids: &[u64]) -> Vec<u64> {
    ids.iter().map(|id| id * id).collect()
}

fn main() {}
