use larder::invalidates;

#[invalidates(user(id))]
trait Users {
    async fn rename(&self);
}

fn main() {}
