use larder::cached;

type SearchResult<T> = Vec<T>;

#[cached(namespace = "users", ttl = "5m")]
async fn search(id: u64) -> SearchResult<u64> {
    vec![id]
}

fn main() {}
