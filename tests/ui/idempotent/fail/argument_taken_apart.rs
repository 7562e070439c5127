struct Order(u64);

#[larder::idempotent(namespace = "n", key = "{id}", ttl = "1h")]
async fn f(id: u64, Order(cents): Order) -> Result<u64, larder::Error> {
    Ok(id + cents)
}

fn main() {}
