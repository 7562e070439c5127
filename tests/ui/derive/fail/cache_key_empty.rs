#[derive(larder::CacheKey)]
#[cache_key]
struct Page {
    number: u32,
}

fn main() {}
