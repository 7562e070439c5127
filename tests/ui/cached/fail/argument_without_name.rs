use larder::cached;

#[cached("users", "5m")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
