::core::compile_error! {
    "`300` of what? Write the unit: `ttl = \"300s\"` (`ms`, `s`, `m`, `h`, `d`)"
}
async fn user(id: u64) -> User {
    load(id).await
}
