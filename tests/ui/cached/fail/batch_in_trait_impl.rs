use std::collections::HashMap;

use larder::cached;

trait Squares {
    async fn of(&self, ids: &[u64]) -> HashMap<u64, u64>;
}

struct Plain;

impl Squares for Plain {
    #[cached(namespace = "squares", ttl = "5m", batch, skip(self))]
    async fn of(&self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().map(|id| (*id, id * id)).collect()
    }
}

fn main() {}
