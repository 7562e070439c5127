//! `if` and `unless`: calls that go past the cache.

use larder::cached;

use super::support::Count;

#[larder::test]
async fn if_asks_for_the_cache() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(namespace = "conditions.if", ttl = "5m", if = number > 10)]
    async fn number(number: u64) -> u64 {
        LOADS.up();
        number
    }

    for _ in 0..3 {
        assert_eq!(number(5).await, 5);
    }
    assert_eq!(LOADS.get(), 3);
    assert_eq!(number::peek(5).await?, None);

    for _ in 0..3 {
        assert_eq!(number(15).await, 15);
    }
    assert_eq!(LOADS.get(), 4);
    Ok(())
}

#[larder::test]
async fn unless_asks_for_the_body() {
    static LOADS: Count = Count::new();

    struct Names(bool);

    impl Names {
        #[cached(
            namespace = "conditions.unless",
            ttl = "5m",
            skip(self),
            if = !name.is_empty(),
            unless = self.0
        )]
        async fn length(&self, name: String) -> usize {
            LOADS.up();
            name.len()
        }
    }

    let loads = async |names: &Names, name: &str| {
        let before = LOADS.get();
        assert_eq!(names.length(name.to_owned()).await, name.len());
        assert_eq!(names.length(name.to_owned()).await, name.len());
        LOADS.get() - before
    };
    assert_eq!(loads(&Names(false), "abc").await, 1);
    assert_eq!(loads(&Names(true), "abc").await, 2);
    assert_eq!(loads(&Names(false), "").await, 2);
}
