#[larder::test]
async fn t(id: u64) {
    println!("{id}");
}

fn main() {}
