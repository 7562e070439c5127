//! What is of one namespace, tenant, application, version or kind never meets what is of another.

use larder::{ErrorKind, Larder, Tenancy, cached};

use crate::fleet::Fleet;
use crate::{HOUR, user, users, word, words};

on_each_backend! {
    tenants_and_applications_are_apart,
    versions_are_apart,
    clear_takes_its_own_namespace_app_and_tenant_only,
    a_cached_function_of_the_same_namespace_is_another_thing,
}

async fn tenants_and_applications_are_apart(fleet: Fleet) {
    let larders = [
        fleet.node().await,
        fleet.node().await.tenant("acme"),
        fleet.node().await.tenant(""),
        fleet.node_of("other").await,
    ];
    for (place, larder) in larders.iter().enumerate() {
        words(larder).set("k", &place.to_string()).await.unwrap();
        words(larder)
            .incr("n", i64::try_from(place).unwrap())
            .await
            .unwrap();
    }
    for (place, larder) in larders.iter().enumerate() {
        let found = words(larder).get("k").await.unwrap();
        assert_eq!(found, Some(place.to_string()));
    }
}

async fn versions_are_apart(fleet: Fleet) {
    let larder = fleet.node().await;
    let old = words(&larder);
    let new = larder.store::<u64>("words").version(2).ttl(HOUR).unwrap();
    old.set("k", &word("x")).await.unwrap();
    assert_eq!(new.get("k").await.unwrap(), None);
    new.set("k", &7).await.unwrap();
    assert_eq!(old.get("k").await.unwrap(), Some(word("x")));
    assert_eq!(new.clear().await.unwrap(), 2, "of every version");
}

async fn clear_takes_its_own_namespace_app_and_tenant_only(fleet: Fleet) {
    let larder = fleet.node().await;
    let mine = words(&larder);
    let others = [
        larder.store::<String>("words2").ttl(HOUR).unwrap(),
        larder.store::<String>("word").ttl(HOUR).unwrap(),
        larder.store::<String>("*").ttl(HOUR).unwrap(),
        larder.store::<String>("words:1").ttl(HOUR).unwrap(),
        words(&larder.tenant("acme")),
        words(&fleet.node_of("other").await),
        words(&fleet.node_of("ap").await),
    ];
    for id in 0..20 {
        mine.set(&id, &word("mine")).await.unwrap();
        for other in &others {
            other.set(&id, &word("other")).await.unwrap();
        }
    }
    mine.rpush("list", [word("x")]).await.unwrap();
    mine.incr("n", 1).await.unwrap();
    assert_eq!(mine.clear().await.unwrap(), 22);
    assert_eq!(mine.clear().await.unwrap(), 0);
    assert_eq!(mine.get(&0).await.unwrap(), None);
    for other in &others {
        for id in 0..20 {
            assert!(other.exists(&id).await.unwrap(), "{}", other.key(&id));
        }
    }
    assert_eq!(others[2].clear().await.unwrap(), 20, "no wildcard");
}

#[cached(namespace = "users", ttl = "1h")]
async fn load(id: u64) -> crate::User {
    user(&format!("loaded {id}"))
}

async fn a_cached_function_of_the_same_namespace_is_another_thing(fleet: Fleet) {
    let larder = fleet.node().await;
    let stored = users(&larder);
    larder
        .scope(async {
            stored.set(&7, &user("stored")).await.unwrap();
            assert_eq!(load(7).await, user("loaded 7"));
            assert_eq!(stored.get(&7).await.unwrap(), Some(user("stored")));
            load::invalidate(7).await.unwrap();
            assert!(stored.exists(&7).await.unwrap());
            load(7).await;
            assert_eq!(larder.clear("users").await.unwrap(), 1);
            assert!(stored.exists(&7).await.unwrap());
            load(7).await;
            assert_eq!(stored.clear().await.unwrap(), 1);
            assert_eq!(load::peek(7).await.unwrap(), Some(user("loaded 7")));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_required_tenant_that_is_missing_is_an_error() {
    let server = larder::MemoryServer::new();
    let larder = Larder::builder()
        .tenancy(Tenancy::Required)
        .on_memory(&server);
    let error = larder.store::<String>("words").durable().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TenantRequired);
    let tenant = words(&larder.tenant("acme"));
    tenant.set("k", &word("x")).await.unwrap();
    assert!(tenant.key("k").starts_with("larder:acme:=words:"));
    let acme = larder::tenant("acme");
    let found = larder.scope(acme.scope(async {
        let words = words(&Larder::current().unwrap());
        words.get("k").await.unwrap()
    }));
    assert_eq!(found.await, Some(word("x")));
}
