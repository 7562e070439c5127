#[derive(larder::Schema)]
#[schema = "larder"]
struct Page {
    number: u32,
}

fn main() {}
