trait Kind {
    const NAME: &'static str;
}

struct Users<K>(K);

impl<K: Kind> Users<K> {
    #[larder::cached(namespace = "n", ttl = "5m", skip(self), key = "{K::NAME}:{id}")]
    pub async fn user(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
