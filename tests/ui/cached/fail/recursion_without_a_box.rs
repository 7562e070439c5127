use larder::cached;

#[cached(namespace = "sums", ttl = "5m")]
async fn sum(up_to: u64) -> u64 {
    match up_to.checked_sub(1) {
        Some(below) => up_to + sum(below).await,
        None => 0,
    }
}

fn main() {
    drop(sum(3));
}
