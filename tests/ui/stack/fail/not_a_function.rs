use larder::{cached, with_lock};

#[cached(namespace = "users", ttl = "5m")]
#[with_lock(key = "all")]
struct User;

fn main() {}
