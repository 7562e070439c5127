larder::cache! {
    NAMES: Cache<&'static str> = "names", ttl "5m";
}

fn main() {}
