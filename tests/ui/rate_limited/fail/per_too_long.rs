use larder::rate_limited;

#[rate_limited(limit = 10, per = "400d", namespace = "api", key = "all")]
async fn call() -> Result<(), larder::Error> {
    Ok(())
}

fn main() {}
