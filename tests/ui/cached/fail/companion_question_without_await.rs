use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
async fn user(id: u64) -> u64 {
    id
}

async fn forget() -> larder::Result<()> {
    user::invalidate(7)?;
    Ok(())
}

fn main() {
    drop(forget());
}
