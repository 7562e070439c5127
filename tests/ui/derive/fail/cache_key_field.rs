#[derive(larder::CacheKey)]
struct Page {
    of: Kind,
    number: u32,
}

struct Kind;

fn main() {}
