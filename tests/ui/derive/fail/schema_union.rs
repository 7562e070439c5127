#[derive(larder::Schema)]
union Either {
    a: u64,
    b: f64,
}

fn main() {}
