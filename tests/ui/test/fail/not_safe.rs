#[larder::test]
async unsafe fn loads() {}

fn main() {}
