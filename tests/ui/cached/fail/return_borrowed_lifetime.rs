use larder::cached;
use std::borrow::Cow;

#[cached(namespace = "names", ttl = "5m")]
async fn name(of: &str) -> Cow<'_, str> {
    Cow::Borrowed(of)
}

fn main() {}
