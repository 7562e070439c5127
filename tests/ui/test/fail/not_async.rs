#[larder::test]
fn loads() {}

fn main() {}
