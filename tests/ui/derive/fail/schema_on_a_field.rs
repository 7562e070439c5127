#[derive(larder::Schema)]
struct Page {
    number: u32,
    #[schema(skip)]
    trace: u128,
}

fn main() {}
