struct Users;

impl Users {
    fn invalidate_all(&self) -> u64 {
        7
    }

    #[larder::invalidates(self.invalidate_all())]
    async fn write(&self) {}
}

fn main() {}
