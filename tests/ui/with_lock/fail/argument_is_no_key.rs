struct Order;

#[larder::with_lock(key = "order:{order}")]
async fn f(order: Order) -> Result<(), larder::Error> {
    let _ = order;
    Ok(())
}

fn main() {}
