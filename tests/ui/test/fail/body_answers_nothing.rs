#[larder::test]
async fn t() -> Result<(), larder::Error> {
    println!("nothing");
}

fn main() {}
