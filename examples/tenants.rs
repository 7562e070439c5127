//! Tenants: the data of customers is kept apart by every key.
//!
//! ```text
//! cargo run --example tenants
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use larder::{LarderBuilder, Tenancy, cached};

#[cached(namespace = "example.settings", ttl = "5m")]
async fn setting(name: &str) -> String {
    println!("loading {name}");
    format!("the {name} of one customer")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Forgetting the tenant is an error, and touches nothing.
    let builder = LarderBuilder::from_env()?.tenancy(Tenancy::Required);
    let larder = builder.build().await?;
    larder.install()?;
    for tenant in ["acme", "globex"] {
        larder.tenant(tenant).clear("example.settings").await?;
    }

    // In a service a middleware does this once for each request.
    larder::tenant("acme").scope(setting("colour")).await;
    let key = larder::tenant("acme")
        .scope(async { setting::key("colour") })
        .await?;
    println!("stored under {key}");

    let of_acme = larder::tenant("acme")
        .scope(setting::peek("colour"))
        .await?;
    let of_globex = larder::tenant("globex")
        .scope(setting::peek("colour"))
        .await?;
    println!(
        "acme: {}, globex: {}",
        of_acme.is_some(),
        of_globex.is_some()
    );

    let without = setting::peek("colour").await.map_err(|error| error.kind());
    println!("without a tenant: {without:?}");
    larder.close().await;
    Ok(())
}
