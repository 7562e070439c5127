//! The future that an annotated function returns: it captures what an `async fn` captures and does
//! nothing until it is polled.

use std::future::Future;

use larder::cached;

use super::support::Count;

#[larder::test]
async fn a_function_may_call_itself() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(namespace = "futures.recursion", ttl = "5m")]
    async fn sum(up_to: u64) -> u64 {
        LOADS.up();
        match up_to.checked_sub(1) {
            Some(below) => up_to + Box::pin(sum(below)).await,
            None => 0,
        }
    }

    assert_eq!(sum(3).await, 6);
    assert_eq!(sum(4).await, 10);
    assert_eq!(LOADS.get(), 5);
    assert_eq!(sum::peek(2).await?, Some(3));
    Ok(())
}

#[larder::test]
async fn arguments_are_borrowed_for_as_long_as_it_lives() {
    #[cached(namespace = "futures.borrowed", ttl = "5m", skip(words, ends))]
    async fn joined<'a>(words: &'a [&str], between: &str, ends: &mut u64) -> String {
        *ends += 1;
        words.join(between)
    }

    /// It can be sent to another thread, which the compiler has to see through the return type.
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }

    let (between, mut ends) = ("-".to_owned(), 0);
    let future = {
        let words = ["a", "b"];
        sent(joined(&words, &between, &mut ends)).await
    };
    assert_eq!(future, "a-b");
    assert_eq!(ends, 1);
}

#[larder::test]
async fn nothing_happens_before_it_is_polled() -> larder::Result<()> {
    static LOADS: Count = Count::new();

    #[cached(namespace = "futures.lazy", ttl = "5m")]
    async fn number(id: u64) -> u64 {
        LOADS.up() * 100 + id
    }

    drop(number(7));
    assert_eq!(LOADS.get(), 0);

    // Whose it is, is settled then too.
    let call = number(7);
    assert_eq!(larder::tenant("acme").scope(call).await, 107);
    assert_eq!(number::peek(7).await?, None);
    let of_acme = larder::tenant("acme").scope(number::peek(7)).await?;
    assert_eq!(of_acme, Some(107));
    Ok(())
}
