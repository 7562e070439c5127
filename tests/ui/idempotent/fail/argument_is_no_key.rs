struct Database;

#[larder::idempotent(namespace = "n", key = "{id}", ttl = "1h")]
async fn f(database: &Database, id: u64) -> Result<u64, larder::Error> {
    let _ = database;
    Ok(id)
}

fn main() {}
