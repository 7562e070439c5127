#[derive(larder::CacheKey)]
struct Page {
    number: u32,
    #[cache_key = "skip"]
    trace: u128,
}

fn main() {}
