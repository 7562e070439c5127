use larder::Larder;

#[larder::test]
async fn loads(larder: Larder, id: u64) {
    drop((larder, id));
}

fn main() {}
