use larder::with_lock;

#[with_lock(key = "all")]
mod orders {
    async fn ship() {}
}

fn main() {}
