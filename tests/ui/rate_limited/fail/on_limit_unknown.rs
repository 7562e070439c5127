use larder::rate_limited;

#[rate_limited(
    "10/s",
    namespace = "api",
    key = "all",
    on_limit = "wiat",
    max_wait = "1s"
)]
async fn call() -> Result<(), larder::Error> {
    Ok(())
}

fn main() {}
