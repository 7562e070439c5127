use larder::rate_limited;

#[rate_limited(10, namespace = "api", key = "all")]
async fn call() -> Result<(), larder::Error> {
    Ok(())
}

fn main() {}
