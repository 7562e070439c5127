struct Receipt;

#[larder::idempotent(namespace = "n", key = "{id}", ttl = "1h")]
async fn f(id: u64) -> Result<Receipt, larder::Error> {
    let _ = id;
    Ok(Receipt)
}

fn main() {}
