use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use larder::cached;

struct Squares;

impl Squares {
    #[cached(namespace = "squares", ttl = "5m", batch, skip(self))]
    pub fn of<'a>(&'a self, ids: &'a [u64]) -> Pin<Box<dyn Future<Output = HashMap<u64, u64>> + Send + 'a>> {
        Box::pin(async move { ids.iter().map(|id| (*id, id * id)).collect() })
    }
}

fn main() {}
