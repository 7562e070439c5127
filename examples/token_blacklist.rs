//! Tokens that are no longer good before their time is over: a typed store, whose keys end when the
//! tokens do.
//!
//! ```text
//! cargo run --example token_blacklist
//! ```
#![allow(clippy::print_stdout, reason = "an example prints what happens")]

use std::time::Duration;

use larder::{Larder, Result, Store};

/// What a signed token says of itself.
struct Claims {
    /// What tells it from all other tokens.
    id: String,
    user: u64,
    issued_at: u64,
    /// For how long it is good, unless it is revoked.
    left: Duration,
}

/// The tokens that were revoked, on all nodes.
struct Blacklist {
    /// Why a token is no longer good, by its id.
    tokens: Store<String>,
    /// Until when the tokens of a user were issued that are no longer good.
    users: Store<u64>,
}

impl Blacklist {
    fn new(larder: &Larder, longest: Duration) -> Result<Self> {
        Ok(Self {
            tokens: larder.store("blacklist.tokens").ttl(longest)?,
            users: larder.store("blacklist.users").ttl(longest)?,
        })
    }

    /// Revokes one token. It is remembered for as long as the token would have been good, and not
    /// longer.
    async fn revoke(&self, token: &Claims, why: &str) -> Result<()> {
        self.tokens.set(&token.id, &why.to_owned()).await?;
        self.tokens.expire(&token.id, token.left).await?;
        Ok(())
    }

    /// Revokes whatever was issued to a user until now: one key, however many tokens there are.
    async fn log_out_everywhere(&self, user: u64, now: u64) -> Result<()> {
        self.users.set(&user, &now).await
    }

    /// Why a token is no longer good. An error if that cannot be told: whoever is not sure lets
    /// nobody in.
    async fn refusal(&self, token: &Claims) -> Result<Option<String>> {
        if let Some(why) = self.tokens.get(&token.id).await? {
            return Ok(Some(why));
        }
        let logged_out = self.users.get(&token.user).await?;
        let is_older = logged_out.is_some_and(|at| token.issued_at <= at);
        Ok(is_older.then(|| "logged out everywhere".to_owned()))
    }
}

fn token(id: &str, issued_at: u64) -> Claims {
    Claims {
        id: id.to_owned(),
        user: 7,
        issued_at,
        left: Duration::from_mins(10),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let larder = Larder::from_env().await?;
    let blacklist = Blacklist::new(&larder, Duration::from_hours(1))?;
    // On a server there may be something left of the last run.
    blacklist.tokens.delete("laptop").await?;
    blacklist.users.delete(&7).await?;

    let (laptop, phone) = (token("laptop", 100), token("phone", 200));
    println!("laptop: {:?}", blacklist.refusal(&laptop).await?);

    blacklist.revoke(&laptop, "stolen").await?;
    println!("laptop, revoked: {:?}", blacklist.refusal(&laptop).await?);
    println!("phone: {:?}", blacklist.refusal(&phone).await?);

    blacklist.log_out_everywhere(7, 250).await?;
    println!("phone, logged out: {:?}", blacklist.refusal(&phone).await?);
    let again = token("phone again", 300);
    println!(
        "phone, logged in again: {:?}",
        blacklist.refusal(&again).await?
    );
    Ok(())
}
