struct IndexMap<K, V>(Vec<(K, V)>);

#[larder::cached(namespace = "n", ttl = "5m", batch)]
async fn users(ids: &[u64]) -> IndexMap<u64, String> {
    IndexMap(ids.iter().map(|id| (*id, id.to_string())).collect())
}

fn main() {}
