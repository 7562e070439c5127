#[larder::test(flavor = "multithread")]
async fn loads() {}

fn main() {}
