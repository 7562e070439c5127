//! Groups of entries: an index finds and removes all that have a value, a tag removes whatever
//! bears it, of all functions at once.
//!
//! ```text
//! cargo run --example indexes_and_tags
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use larder::{Larder, cached, invalidates};

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    team: u32,
}

/// Listed by what was loaded: nobody has to know the team to ask for a user.
#[cached(namespace = "example.members", ttl = "5m", index(team = value.team), tags = ["user:{id}"])]
async fn user(id: u64) -> User {
    println!("loading user {id}");
    User {
        id,
        team: if id < 10 { 3 } else { 4 },
    }
}

/// Another function, whose entries bear the same tag.
#[cached(namespace = "example.carts", ttl = "5m", tags = ["user:{id}", "prices"])]
async fn cart(id: u64) -> Vec<u64> {
    println!("loading cart {id}");
    vec![id * 100]
}

/// What is written may name a whole group.
#[invalidates(user::invalidate_team(team))]
async fn disband(team: u32) {
    println!("disbanding team {team}");
}

async fn members(team: u32) -> larder::Result<Vec<u64>> {
    let mut ids: Vec<u64> = user::by_team(team).await?.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    user::clear().await?;
    cart::clear().await?;

    for id in [7, 8, 12] {
        user(id).await;
    }
    println!("stored of team 3: {:?}", members(3).await?);
    println!("keys of team 4: {:?}", user::keys_by_team(4_u32).await?);
    disband(3).await;
    println!("stored of team 3: {:?}", members(3).await?);
    println!("stored of team 4: {:?}", members(4).await?);

    // Everything that is known of one user, whatever function has stored it.
    cart(12).await;
    larder.invalidate_tag("user:12").await?;
    println!("user 12: {:?}", user::peek(12).await?);
    println!("cart 12: {:?}", cart::peek(12).await?);

    // Every cart, in one round trip, however many there are.
    cart(7).await;
    cart(8).await;
    larder.invalidate_tag("prices").await?;
    println!(
        "carts: {:?}, {:?}",
        cart::peek(7).await?,
        cart::peek(8).await?
    );
    larder.close().await;
    Ok(())
}
