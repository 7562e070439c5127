#[larder::with_lock(key = "{id}")]
async fn f(id: u64) -> Result<(), larder::Error> {
    println!("{id}");
}

fn main() {}
