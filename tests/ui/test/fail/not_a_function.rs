#[larder::test]
struct Loads;

fn main() {}
