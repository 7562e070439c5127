use larder::rate_limited;

#[rate_limited("1/d burst 1000000", namespace = "api", key = "all")]
async fn call() -> Result<(), larder::Error> {
    Ok(())
}

fn main() {}
