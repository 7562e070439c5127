#[larder::test]
async fn t(larder: &larder::Larder) {
    larder.health().await;
}

fn main() {}
