//! `index(..)` and `tags = [..]`: what they mean on functions, methods and generics.
#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed")]

use larder::{Larder, cached};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct User {
    id: u64,
    team: u32,
    manager: Option<String>,
    roles: Vec<String>,
}

fn user_of(id: u64) -> User {
    User {
        id,
        team: 3,
        manager: (id > 1).then(|| "ada".to_owned()),
        roles: (0..id).map(|number| format!("role-{number}")).collect(),
    }
}

mod db {
    use super::*;

    #[cached(
        namespace = "groups",
        ttl = "5m",
        index(
            team = value.team,
            manager = value.manager,
            role = value.roles,
            realm = realm,
            initial = value.manager.as_deref().map(|name| &name[..1]),
        ),
        tags = ["user:{id}", "realm:{realm}/{id}", "everything"]
    )]
    pub(crate) async fn user(id: u64, realm: String) -> Result<User, String> {
        match id {
            0 => Err("no such user".to_owned()),
            id => {
                drop(realm);
                Ok(user_of(id))
            }
        }
    }
}

use db::user;

async fn load(ids: &[u64]) {
    for id in ids {
        user(*id, "a b".to_owned()).await.unwrap();
    }
}

async fn team(team: u32) -> Vec<u64> {
    let found = user::by_team(team).await.unwrap();
    let mut ids: Vec<u64> = found.into_iter().map(|user| user.id).collect();
    ids.sort_unstable();
    ids
}

#[larder::test]
async fn entries_are_found_by_each_index() {
    load(&[1, 2, 3]).await;
    assert_eq!(team(3).await, [1, 2, 3]);
    assert_eq!(team(4).await, Vec::<u64>::new());
    assert_eq!(user::by_manager("ada").await.unwrap().len(), 2);
    assert_eq!(user::by_manager("ada".to_owned()).await.unwrap().len(), 2);
    assert_eq!(user::by_role("role-0").await.unwrap().len(), 3);
    assert_eq!(user::by_role("role-2").await.unwrap(), [user_of(3)]);
    assert_eq!(user::by_realm("a b").await.unwrap().len(), 3);
    assert_eq!(user::by_initial("a").await.unwrap().len(), 2);
    let keys = user::keys_by_role("role-2").await.unwrap();
    assert_eq!(keys, [user::key(3, "a b").unwrap()]);
}

#[larder::test]
async fn indexes_are_invalidated_and_companions_keep_them() {
    load(&[1, 2, 3]).await;
    assert_eq!(user::invalidate_manager("ada").await.unwrap(), 2);
    assert_eq!(team(3).await, [1]);
    assert_eq!(user::peek(2, "a b").await.unwrap(), None);

    user::put(
        2,
        "a b",
        &User {
            team: 9,
            ..user_of(2)
        },
    )
    .await
    .unwrap();
    assert_eq!(team(9).await, [2]);
    user::refresh(2, "a b".to_owned()).await.unwrap();
    assert_eq!((team(9).await, team(3).await), (vec![], vec![1, 2]));
    user::entry(2, "a b").invalidate().await.unwrap();
    assert_eq!(team(3).await, [1]);
    assert_eq!(user::clear().await.unwrap(), 1);
    assert_eq!(team(3).await, Vec::<u64>::new());
}

#[larder::test]
async fn tags_are_invalidated_by_the_text_that_a_user_would_write() {
    let larder = Larder::current().unwrap();
    load(&[1, 2]).await;
    larder.invalidate_tag("user:1").await.unwrap();
    assert_eq!(user::peek(1, "a b").await.unwrap(), None);
    assert_eq!(team(3).await, [2]);
    load(&[1]).await;
    larder.invalidate_tag("realm:a b/2").await.unwrap();
    assert_eq!(team(3).await, [1]);
    larder.invalidate_tag("everything").await.unwrap();
    assert_eq!(team(3).await, Vec::<u64>::new());
}

struct Repository {
    realm: String,
}

impl Repository {
    #[cached(
        namespace = "grouped_methods",
        ttl = "5m",
        key = "{self.realm}/{id}",
        index(team = value.team, realm = self.realm),
        tags = ["{self.realm}"]
    )]
    pub(crate) async fn user(&self, id: u64) -> User {
        User {
            team: self.realm.len() as u32,
            ..user_of(id)
        }
    }
}

#[larder::test]
async fn methods_have_functions_beside_them() {
    let here = Repository {
        realm: "here".to_owned(),
    };
    let elsewhere = Repository {
        realm: "elsewhere".to_owned(),
    };
    for id in 1..=2 {
        here.user(id).await;
        elsewhere.user(id).await;
    }
    assert_eq!(Repository::user_by_team(4).await.unwrap().len(), 2);
    assert_eq!(
        Repository::user_keys_by_realm("elsewhere")
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        Repository::user_invalidate_realm("elsewhere")
            .await
            .unwrap(),
        2
    );
    assert_eq!(here.user_entry(1).peek().await.unwrap().unwrap().id, 1);
    assert_eq!(elsewhere.user_entry(1).peek().await.unwrap(), None);
    Larder::current()
        .unwrap()
        .invalidate_tag("here")
        .await
        .unwrap();
    assert_eq!(here.user_entry(1).peek().await.unwrap(), None);
}

#[cached(namespace = "grouped_generics", ttl = "5m", index(own = value.0, first = value.1.first()))]
async fn pair<T>(id: T) -> (T, Vec<u8>)
where
    T: larder::CacheKey + Clone + Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    (id, vec![7])
}

#[larder::test]
async fn generic_functions_have_indexes_of_their_types() {
    pair(1_u8).await;
    pair("one".to_owned()).await;
    assert_eq!(pair::by_own::<u8>(1).await.unwrap(), [(1, vec![7])]);
    assert_eq!(pair::by_own::<String>("one").await.unwrap().len(), 1);
    assert_eq!(
        pair::by_first::<u8>(7).await.unwrap(),
        [(1, vec![7])],
        "each reads its own"
    );
}

#[cached(namespace = "absent", ttl = "5m", none_ttl = "1m", index(team = value.as_ref().map(|user| user.team), id = id))]
async fn maybe(id: u64) -> Option<User> {
    (id > 0).then(|| user_of(id))
}

#[larder::test]
async fn what_is_absent_is_on_no_list_but_that_of_its_arguments() {
    maybe(0).await;
    maybe(1).await;
    assert_eq!(maybe::by_team(3).await.unwrap(), [Some(user_of(1))]);
    assert_eq!(maybe::by_id(0).await.unwrap(), [None]);
    assert_eq!(maybe::invalidate_id(0).await.unwrap(), 1);
    assert_eq!(maybe::peek(0).await.unwrap(), None);
}
