#[larder::cached(namespace = "n", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

#[larder::invalidates(user(id))]
async fn f(id: u64) -> Result<(), larder::Error> {
    println!("{id}");
}

fn main() {}
