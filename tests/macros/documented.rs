//! The tests that the documents show. The compiler leaves tests out where it compiles documents, so
//! they stand here once more; `tests/documents.rs` sees to it that they are the same.

/// `macros/src/test/docs.md`
#[rustfmt::skip]
mod attribute {
    use larder::Larder;

    #[larder::cached(namespace = "users", ttl = "5m")]
    async fn user(id: u64) -> u64 { id }

    #[larder::test]
    async fn a_second_call_is_a_hit() {
        assert_eq!(user(7).await, user(7).await);
    }

    #[larder::test]
    async fn the_larder_can_be_asked(larder: Larder) -> Result<(), larder::Error> {
        user(7).await;
        assert_eq!(larder.stats("users").loads, 1);
        user::invalidate(7).await?;
        assert_eq!(user::peek(7).await?, None);
        Ok(())
    }
}

/// `docs/guide/testing.md`
#[rustfmt::skip]
mod a_test {
    use larder::{Larder, cached};
    use std::time::Duration;

    #[cached(namespace = "greetings", ttl = "10m")]
    async fn greeting(name: String) -> String {
        format!("hello {name}")
    }

    #[larder::test]
    async fn a_second_call_is_a_hit(larder: Larder) {
        greeting("Ada".into()).await;
        greeting("Ada".into()).await;
        assert_eq!(larder.stats("greetings").hits, 1);
    }

    #[larder::test]
    async fn after_ten_minutes_it_loads_again() -> larder::Result<()> {
        greeting("Ada".into()).await;
        larder::testing::advance(Duration::from_secs(601)).await?;
        assert_eq!(greeting::peek("Ada").await?, None);
        Ok(())
    }

    #[larder::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_a_test_spawns_uses_its_larder() {
        let spawned = tokio::spawn(greeting("Ada".into()));
        assert_eq!(spawned.await.ok().as_deref(), Some("hello Ada"));
    }
}

/// `docs/guide/testing.md`
#[rustfmt::skip]
mod a_fleet_that_fails {
    use larder::{HealthStatus, Larder, MemoryServer, cached};

    #[cached(namespace = "numbers", ttl = "1m")]
    async fn number(of: u32) -> u32 { of }

    #[larder::test]
    async fn an_outage_is_survived() {
        let link = MemoryServer::new().connect();
        let control = link.control();
        let node = Larder::builder().on_memory_link(link);

        control.cut();
        assert_eq!(node.scope(number(7)).await, 7);
        assert_eq!(node.stats("numbers").degraded, 1);

        control.heal();
        assert_eq!(node.health().await.status, HealthStatus::Up);
    }
}
