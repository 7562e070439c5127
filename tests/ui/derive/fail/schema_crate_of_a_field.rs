#[derive(larder::Schema)]
enum Page {
    Numbered(#[schema(crate = nope)] u32),
}

fn main() {}
