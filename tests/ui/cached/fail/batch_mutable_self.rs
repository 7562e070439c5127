use std::collections::HashMap;

use larder::cached;

struct Squares;

impl Squares {
    #[cached(namespace = "squares", ttl = "5m", batch, skip(self))]
    pub async fn of(&mut self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().map(|id| (*id, id * id)).collect()
    }
}

fn main() {}
