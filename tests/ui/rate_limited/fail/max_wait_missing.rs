use larder::rate_limited;

#[rate_limited("10/s", namespace = "api", key = "all", on_limit = "wait")]
async fn call() -> Result<(), larder::Error> {
    Ok(())
}

fn main() {}
