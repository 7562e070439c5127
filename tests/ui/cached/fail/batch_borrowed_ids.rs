use std::collections::HashMap;

#[larder::cached(namespace = "n", ttl = "5m", batch)]
async fn sizes<'a>(names: &[&'a str]) -> HashMap<&'a str, u64> {
    names.iter().map(|name| (*name, 1)).collect()
}

fn main() {}
