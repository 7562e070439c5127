larder::cache! {
    NAMES: Cache<String> = "names", ttl: "5m";
}

fn main() {}
