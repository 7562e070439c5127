use larder::cached;

struct Users;

impl Users {
    #[cached(namespace = "users", skip(self))]
    async fn user(&self, id: u64) -> u64 {
        id
    }
}

async fn uses() -> u64 {
    Users.user(7).await
}

fn main() {
    drop(uses());
}
