#[larder::rate_limited("10/s", namespace = "n", key = "all", cost = text)]
async fn f(text: String) -> Result<(), larder::Error> {
    Ok(())
}

fn main() {}
