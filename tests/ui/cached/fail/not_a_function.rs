use larder::cached;

#[cached(namespace = "users", ttl = "5m")]
struct User;

fn main() {}
