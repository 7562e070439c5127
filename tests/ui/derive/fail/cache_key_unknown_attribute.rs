#[derive(larder::CacheKey)]
struct Page {
    #[cache_key(skipp)]
    trace: u128,
    number: u32,
}

fn main() {}
