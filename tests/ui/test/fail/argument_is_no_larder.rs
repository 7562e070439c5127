// What `#[larder::test]` writes for `async fn test(id: u64)`, where it is compiled without `--test`.
fn test(larder: larder::Larder) -> u64 {
    <u64 as larder::__private::TestArgument>::of(larder)
}

fn main() {}
