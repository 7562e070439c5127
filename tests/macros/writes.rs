//! `#[invalidates]` and `#[cache_put]`: what they write, when, and on which functions.
#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed")]
#![allow(
    clippy::disallowed_methods,
    reason = "the cases are users: they sleep as users do"
)]

use async_trait::async_trait;
use larder::{
    Cache, CacheSpec, Error, ErrorKind, Larder, MemoryServer, Ttl, cache_put, cached, invalidates,
    rate_limited,
};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    team: u32,
    name: String,
}

#[derive(Debug, PartialEq)]
enum Failure {
    Database,
    Cache(ErrorKind),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Cache(error.kind())
    }
}

fn ada(id: u64) -> User {
    User {
        id,
        team: 3,
        name: "Ada".to_owned(),
    }
}

mod db {
    use super::{Failure, User, ada, cached};

    #[cached(namespace = "writes.users", ttl = "1m", index(team = value.team))]
    pub(crate) async fn user(id: u64) -> Result<User, Failure> {
        Ok(ada(id))
    }

    #[cached(namespace = "writes.names", ttl = "1m")]
    pub(crate) async fn by_name(name: String, limit: u32) -> Vec<String> {
        vec![name; limit as usize]
    }

    #[cached(namespace = "writes.sizes", ttl = "1m")]
    pub(crate) async fn size<T: larder::CacheKey>(of: T) -> u64 {
        let _ = of;
        1
    }
}

#[cached(namespace = "writes.teams", ttl = "1m")]
async fn team(id: u32) -> u64 {
    u64::from(id)
}

#[invalidates(db::user(id), db::by_name(&name, 1), team(value.team))]
async fn rename(id: u64, mut name: String) -> Result<User, Failure> {
    name.push('!');
    if id == 0 {
        return Err(Failure::Database);
    }
    let parsed: u32 = "3".parse().map_err(|_| Failure::Database)?;
    Ok(User {
        id,
        team: parsed,
        name,
    })
}

#[invalidates(db::user::invalidate_team(id))]
async fn disband(id: u32) -> Option<u32> {
    (id > 0).then_some(id)
}

#[invalidates(db::size::<u8>(&1), team::clear())]
async fn reset() {}

type Saved = Result<(), Failure>;

#[invalidates(team(id), returns = "result")]
async fn save(id: u32) -> Saved {
    if id == 0 {
        Err(Failure::Database)
    } else {
        Ok(())
    }
}

#[invalidates(team(3))]
async fn save_whatever_it_says(id: u32) -> Saved {
    if id == 0 {
        Err(Failure::Database)
    } else {
        Ok(())
    }
}

#[invalidates(team(id), on_error = "fail")]
async fn strictly(id: u32) -> Result<u32, Failure> {
    Ok(id)
}

#[cache_put(db::user(id), on_error = "fail")]
async fn strictly_put(id: u64) -> Result<User, Failure> {
    Ok(ada(id))
}

#[cache_put(db::user(value.0.id) = value.0, team(value.0.team) = value.1)]
#[invalidates(db::by_name("Ada", 1))]
async fn create(id: u64, count: u64) -> Result<(User, u64), Failure> {
    if id == 0 {
        return Err(Failure::Database);
    }
    Ok((ada(id), count))
}

#[cache_put(db::user(user.id))]
async fn replace(user: User) -> User {
    user
}

#[invalidates(team(id))]
#[rate_limited("1/h", namespace = "writes.limit", key = "{id}")]
async fn limited(id: u32) -> Result<(), Failure> {
    Ok(())
}

struct Repo {
    realm: String,
    sessions: Cache<u64>,
}

impl Repo {
    #[cached(namespace = "writes.accounts", ttl = "1m", key = "{self.realm}/{id}")]
    pub async fn account(&self, id: u64) -> u64 {
        id
    }

    #[cached(namespace = "writes.plans", ttl = "1m", entry = plan_entry)]
    async fn plan(id: u64) -> u64 {
        id
    }

    #[invalidates(self.account(id), Self::plan(id), Repo::plan(id + 1), self.sessions.entry(|key| key.arg(&id)))]
    async fn close(&self, id: u64) -> Result<(), Failure> {
        Ok(())
    }

    #[cache_put(self.account(id), self.account_entry(id + 1))]
    async fn open(&self, id: u64) -> u64 {
        id * 10
    }
}

#[async_trait]
trait Accounts: Send + Sync {
    async fn remove(&self, ids: Vec<u64>) -> Result<usize, Failure>;
}

#[async_trait]
impl Accounts for Repo {
    #[invalidates(self.account(ids[0]), team(*value as u32))]
    async fn remove(&self, ids: Vec<u64>) -> Result<usize, Failure> {
        Ok(ids.len())
    }
}

async fn fill() {
    db::user(7).await.unwrap();
    db::by_name("Ada".to_owned(), 1).await;
    team(3).await;
}

#[larder::test]
async fn what_it_names_is_invalidated_after_ok() {
    fill().await;
    let renamed = rename(7, "Ada".to_owned()).await.unwrap();
    assert_eq!(renamed.name, "Ada!");
    assert_eq!(db::user::peek(7).await.unwrap(), None);
    assert_eq!(db::by_name::peek("Ada", 1).await.unwrap(), None);
    assert_eq!(team::peek(3).await.unwrap(), None, "by the answer");
}

#[larder::test]
async fn an_error_invalidates_nothing() {
    fill().await;
    let failed = rename(0, "Ada".to_owned()).await;
    assert_eq!(failed, Err(Failure::Database));
    assert!(db::by_name::peek("Ada", 1).await.unwrap().is_some());
    assert!(team::peek(3).await.unwrap().is_some());
}

#[larder::test]
async fn a_plain_return_and_an_option_always_do() {
    fill().await;
    assert_eq!(disband(3).await, Some(3));
    assert_eq!(db::user::peek(7).await.unwrap(), None);
    fill().await;
    db::size(1_u8).await;
    reset().await;
    assert_eq!(team::peek(3).await.unwrap(), None);
    assert_eq!(db::size::peek::<u8>(&1).await.unwrap(), None);
}

#[larder::test]
async fn a_result_under_another_name_is_one_if_it_is_said() {
    team(0).await;
    team(3).await;
    save(0).await.unwrap_err();
    assert!(team::peek(0).await.unwrap().is_some());
    save(3).await.unwrap();
    assert!(team::peek(3).await.unwrap().is_none());
    team(3).await;
    save_whatever_it_says(0).await.unwrap_err();
    assert!(team::peek(3).await.unwrap().is_none());
}

#[larder::test]
async fn methods_name_their_own_entries_and_those_of_caches() {
    let spec = CacheSpec::new("writes.sessions", Ttl::after(Duration::from_mins(1)));
    let repo = Repo {
        realm: "north".to_owned(),
        sessions: Larder::current().unwrap().cache(spec),
    };
    repo.account(7).await;
    Repo::plan(7).await;
    Repo::plan(8).await;
    let session = repo.sessions.entry(|key| key.arg(&7_u64));
    session.put(&1).await.unwrap();
    repo.close(7).await.unwrap();
    assert_eq!(repo.account_entry(7).peek().await.unwrap(), None);
    assert_eq!(Repo::plan_entry(7).peek().await.unwrap(), None);
    assert_eq!(Repo::plan_entry(8).peek().await.unwrap(), None);
    assert_eq!(session.peek().await.unwrap(), None);

    repo.account(5).await;
    team(2).await;
    assert_eq!(repo.remove(vec![5, 6]).await, Ok(2));
    assert_eq!(repo.account_entry(5).peek().await.unwrap(), None);
    assert_eq!(team::peek(2).await.unwrap(), None);

    assert_eq!(repo.open(4).await, 40);
    assert_eq!(repo.account(4).await, 40);
    assert_eq!(repo.account(5).await, 40);
}

#[larder::test]
async fn what_is_answered_is_put() {
    let mut user = ada(7);
    user.name = "Grace".to_owned();
    assert_eq!(replace(user.clone()).await, user);
    assert_eq!(db::user(7).await, Ok(user));
}

#[larder::test]
async fn parts_of_the_answer_are_put_under_keys_made_of_it() {
    fill().await;
    create(0, 5).await.unwrap_err();
    assert_eq!(team(3).await, 3);
    create(9, 5).await.unwrap();
    assert_eq!(db::user::peek(9).await.unwrap(), Some(ada(9)));
    assert_eq!(team(3).await, 5);
    assert_eq!(
        db::by_name::peek("Ada", 1).await.unwrap(),
        None,
        "and invalidated beside"
    );
}

#[larder::test]
async fn a_call_that_is_denied_writes_nothing() {
    team(3).await;
    limited(3).await.unwrap();
    assert_eq!(team::peek(3).await.unwrap(), None);
    team(3).await;
    assert_eq!(
        limited(3).await,
        Err(Failure::Cache(ErrorKind::RateLimited))
    );
    assert!(team::peek(3).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn with_the_server_away_it_is_queued_and_the_caller_has_the_say() {
    let server = MemoryServer::new();
    let link = server.connect();
    let control = link.control();
    let node = Larder::builder().on_memory_link(link);
    node.scope(fill()).await;
    control.cut();
    assert!(node.scope(rename(7, "Ada".to_owned())).await.is_ok());
    assert_eq!(node.queued_invalidations(), 3);
    let failed = node.scope(strictly(5)).await;
    assert_eq!(failed, Err(Failure::Cache(ErrorKind::Unreachable)));
    assert_eq!(
        node.queued_invalidations(),
        4,
        "and tried until it is done, all the same"
    );
    let failed = node.scope(strictly_put(8)).await;
    assert_eq!(failed, Err(Failure::Cache(ErrorKind::Unreachable)));
    assert_eq!(
        node.queued_invalidations(),
        5,
        "what could not be put is invalidated"
    );

    control.heal();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(node.queued_invalidations(), 0);
    assert_eq!(node.scope(db::user::peek(7)).await.unwrap(), None);
}

#[tokio::test]
async fn without_a_larder_the_function_is_as_it_was() {
    assert_eq!(rename(7, "Ada".to_owned()).await.unwrap().name, "Ada!");
    assert_eq!(replace(ada(7)).await, ada(7));
    assert_eq!(
        strictly(5).await,
        Err(Failure::Cache(ErrorKind::NotInstalled))
    );
}

#[larder::test]
async fn what_cannot_be_put_is_invalidated() {
    let larder = Larder::builder()
        .max_value_bytes(200)
        .build()
        .await
        .unwrap();
    larder
        .scope(async {
            replace(ada(7)).await;
            assert!(db::user::peek(7).await.unwrap().is_some());
            let long = User {
                name: "A".repeat(500),
                ..ada(7)
            };
            replace(long).await;
            assert_eq!(db::user::peek(7).await.unwrap(), None);
        })
        .await;
}
