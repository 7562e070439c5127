#[derive(larder::CacheKey)]
union Either {
    a: u64,
    b: f64,
}

fn main() {}
