use larder::cached;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cached(namespace = "users", ttl = "5m")]
async fn load<T: Default + Serialize + DeserializeOwned + Send + Sync + 'static>(id: u64) -> T {
    let _ = id;
    T::default()
}

fn main() {}
