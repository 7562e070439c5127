//! What `#[cached]` and its companions do, by plain calls on a Larder that is handed around: nothing is
//! installed, nothing is global.
//!
//! ```text
//! cargo run --example without_macros
//! ```
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example prints what happens, and sleeps where a program would wait for its database"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use larder::{Cache, CacheSpec, Entry, ErrorRules, Larder, Ttl};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    is_guest: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum DbError {
    NoSuchUser,
    Down,
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSuchUser => "there is no such user",
            Self::Down => "the database is down",
        })
    }
}

impl std::error::Error for DbError {}

/// The arguments of the attribute that are known when the program is compiled.
const USERS: CacheSpec = CacheSpec::new("plain.users", Ttl::after(Duration::from_mins(5)))
    .jitter(0.1)
    .err_ttl(Ttl::after(Duration::from_secs(10)));

/// A repository with a cache in front of its database.
struct Users {
    cache: Cache<User>,
    errors: ErrorRules<DbError>,
    database: Database,
}

impl Users {
    fn new(larder: &Larder) -> Self {
        Self {
            // `ttl_from` and `store_if` of the attribute.
            cache: larder
                .cache::<User>(USERS)
                .ttl_from(|user| Duration::from_secs(if user.is_guest { 30 } else { 300 }))
                .store_if(|user| !user.name.is_empty()),
            // `cache_err` of the attribute; who waits for the same load gets its error too.
            errors: ErrorRules::new()
                .share()
                .cache_err(|error| *error == DbError::NoSuchUser),
            database: Database::default(),
        }
    }

    /// The name of one entry: the place where its key is written.
    fn entry(&self, id: u64) -> Entry<User> {
        self.cache.entry(|key| key.arg(&id))
    }

    /// What an annotated function does when it is called.
    async fn by_id(&self, id: u64) -> Result<User, DbError> {
        let load = self.database.load(id);
        self.entry(id)
            .try_get_or_load_with(&self.errors, load)
            .await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let larder = Larder::from_env().await?;
    let users = Users::new(&larder);
    // On a server there may be something left of the last run.
    users.cache.clear().await?;
    let entry = users.entry(7);
    println!("the key is {}", entry.key()?);

    let found = users.by_id(7).await?;
    users.by_id(7).await?;
    println!("two calls: {} load(s), {found:?}", users.database.loads());

    println!("peek: {:?}", entry.peek().await?);
    println!("ttl: {:?}", entry.ttl().await?.and_then(Ttl::duration));

    let renamed = User {
        name: "Grace".to_owned(),
        ..found
    };
    entry.put(&renamed).await?;
    println!("after put: {:?}", users.by_id(7).await);

    let _fresh = entry.try_refresh(users.database.load(7)).await;
    println!("after refresh: {:?}", users.by_id(7).await);

    entry.invalidate().await?;
    println!("after invalidate: {:?}", entry.peek().await?);

    // An error that the rule picks is remembered: the second call does not ask the database.
    users.database.loads();
    let _ = users.by_id(404).await;
    let again = users.by_id(404).await;
    println!(
        "two calls for nobody: {} load(s), {again:?}",
        users.database.loads()
    );

    println!("entries removed by clear: {}", users.cache.clear().await?);
    let stats = users.cache.stats();
    println!(
        "hits {}, stored errors returned {}, loads {}",
        stats.hits, stats.negative_hits, stats.loads
    );
    larder.close().await;
    Ok(())
}

/// Stands for a database.
#[derive(Default)]
struct Database {
    loads: AtomicU32,
}

impl Database {
    async fn load(&self, id: u64) -> Result<User, DbError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
        match id {
            0 => Err(DbError::Down),
            404 => Err(DbError::NoSuchUser),
            _ => Ok(User {
                id,
                name: format!("user {id}"),
                is_guest: id > 1000,
            }),
        }
    }

    /// How often it was asked since the last time this was.
    fn loads(&self) -> u32 {
        self.loads.swap(0, Ordering::Relaxed)
    }
}
