//! The key is written for copies too; that an argument is none is said once.
use larder::cached;

struct Query {
    text: String,
}

#[cached(namespace = "hits", ttl = "5m", local = true)]
async fn search(query: Query) -> Vec<String> {
    vec![query.text]
}

fn main() {}
