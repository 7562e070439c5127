use larder::{CacheKey, cached};

#[derive(Clone, Copy, CacheKey)]
struct Id(u64);

#[cached(namespace = "squares", ttl = "5m", batch)]
async fn squares(ids: &[Id]) -> Vec<(Id, u64)> {
    ids.iter().map(|id| (*id, id.0 * id.0)).collect()
}

fn main() {}
