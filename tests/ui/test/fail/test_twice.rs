#[larder::test]
#[test]
async fn loads() {}

fn main() {}
