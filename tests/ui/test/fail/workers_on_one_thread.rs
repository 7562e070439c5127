#[larder::test(worker_threads = 2)]
async fn loads() {}

fn main() {}
