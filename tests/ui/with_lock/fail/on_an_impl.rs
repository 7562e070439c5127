struct Orders;

#[larder::with_lock(key = "all")]
impl Orders {}

fn main() {}
