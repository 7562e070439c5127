struct Users;

impl Users {
    #[larder::cached(namespace = "n", ttl = "5m", skip(self), index(id = id))]
    pub async fn user(&self, id: u64) -> Option<User> {
        None
    }
}

fn main() {}
