struct User;

#[larder::rate_limited("10/s", namespace = "n", key = "{user}")]
async fn f(user: User) -> Result<(), larder::Error> {
    let _ = user;
    Ok(())
}

fn main() {}
