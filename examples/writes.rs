//! What a write does to the caches: it invalidates what has changed, or puts what it has written,
//! or changes a part in place.
//!
//! ```text
//! cargo run --example writes
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::sync::Mutex;

use larder::{Larder, cache_put, cached, invalidates};

/// Stands for a database.
static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    team: u32,
    name: String,
    logins: u32,
}

#[derive(Debug)]
struct DbError;

#[cached(namespace = "users", ttl = "5m", index(team = value.team))]
async fn user(id: u64) -> Result<User, DbError> {
    println!("loading user {id}");
    let name = NAMES.lock().map_err(|_| DbError)?.last().copied();
    Ok(User {
        id,
        team: 3,
        name: name.unwrap_or("Ada").to_owned(),
        logins: 0,
    })
}

#[cached(namespace = "sizes", ttl = "5m")]
async fn team_size(team: u32) -> u64 {
    println!("counting team {team}");
    1
}

/// Invalidates by its arguments, and by what it answers. The compiler checks both against the
/// functions that are named.
#[invalidates(user(id), team_size(value.team))]
async fn rename(id: u64, name: &'static str) -> Result<User, DbError> {
    NAMES.lock().map_err(|_| DbError)?.push(name);
    Ok(User {
        id,
        team: 3,
        name: name.to_owned(),
        logins: 0,
    })
}

/// Puts what it answers: nobody has to load it.
#[cache_put(user(value.id))]
#[invalidates(team_size(team))]
async fn join(id: u64, team: u32) -> Result<User, DbError> {
    Ok(User {
        id,
        team,
        name: "Grace".to_owned(),
        logins: 0,
    })
}

/// Invalidates all entries with a value of an index.
#[invalidates(user::invalidate_team(team))]
async fn disband(team: u32) {
    println!("disbanding team {team}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    larder.install()?;
    user::clear().await?;
    team_size::clear().await?;

    println!("{}", user(7).await.map_err(|_| "database")?.name);
    team_size(3).await;
    rename(7, "Augusta").await.map_err(|_| "database")?;
    println!("{}", user(7).await.map_err(|_| "database")?.name);
    team_size(3).await;

    join(8, 4).await.map_err(|_| "database")?;
    println!("stored: {:?}", user::peek(8).await?.map(|user| user.name));

    // A part of what is stored, without a load. If somebody was faster, it is run again on what
    // they have stored.
    let updated = user::entry(8).update(|user| user.logins += 1).await?;
    println!("logins: {:?}", updated.map(|user| user.logins));
    println!("touched: {}", user::entry(8).touch().await?);

    disband(4).await;
    println!("stored: {:?}", user::peek(8).await?);
    Ok(())
}
