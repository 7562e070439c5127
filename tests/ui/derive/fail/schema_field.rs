#[derive(larder::Schema)]
struct Price {
    net: Money,
}

struct Money;

fn main() {}
