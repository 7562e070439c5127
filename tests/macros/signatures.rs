//! What functions under a guard may take and answer.

use std::fmt::Display;

use larder::{CacheKey, Error, cached, concurrency_limited, idempotent, rate_limited, with_lock};

struct State<T>(T);

#[derive(CacheKey)]
struct Path<T>(T);

struct Pair {
    from: u64,
    to: String,
}

#[rate_limited("1/h", namespace = "signatures", key = "{user}", cost = user)]
async fn limited(
    Path(user): Path<u64>,
    State(greeting): State<&str>,
    _: u64,
) -> Result<impl Display, Error> {
    if user > 1 {
        return Ok(String::new());
    }
    Ok(format!("{greeting} {user}"))
}

#[concurrency_limited(1, namespace = "signatures", key = "{to}")]
async fn permitted(Pair { from, ref to }: Pair) -> Result<(u64, impl Display), Error> {
    Ok((from, to.clone()))
}

#[with_lock(key = ["signatures:{from}", "signatures:{to.len()}"])]
async fn locked(Pair { from, to }: Pair, (): ()) -> Result<Vec<impl Display>, Error> {
    Ok(vec![from.to_string(), to])
}

struct Shop;

impl Shop {
    #[rate_limited("9/h", namespace = "signatures.method", key = "{_user}")]
    #[with_lock(key = "signatures:{_user}")]
    async fn price(&self, Path(_user): Path<u64>) -> Result<impl Display + use<>, Error> {
        Ok(7)
    }
}

#[idempotent(
    namespace = "signatures",
    key = "{request}",
    ttl = "1h",
    skip(greeting)
)]
async fn once(
    request: u64,
    State(greeting): State<&'static str>,
    cents: u64,
) -> Result<String, Error> {
    Ok(format!("{greeting} {request} {cents}"))
}

#[larder::test]
async fn a_guarded_function_answers_what_has_no_name() -> Result<(), Error> {
    let answer = limited(Path(1), State("hello"), 3).await?;
    assert_eq!(answer.to_string(), "hello 1");
    assert!(limited(Path(1), State("hello"), 3).await.is_err());
    let pair = |to: &str| Pair {
        from: 3,
        to: to.to_owned(),
    };
    let (from, to) = permitted(pair("four")).await?;
    assert_eq!((from, to.to_string()), (3, "four".to_owned()));
    assert_eq!(locked(pair("four"), ()).await?.len(), 2);
    assert_eq!(Shop.price(Path(1)).await?.to_string(), "7");
    Ok(())
}

#[larder::test]
async fn what_is_taken_apart_and_skipped_is_no_part_of_the_request() -> Result<(), Error> {
    assert_eq!(once(1, State("hello"), 5).await?, "hello 1 5");
    assert_eq!(once(1, State("goodbye"), 5).await?, "hello 1 5");
    assert!(once(1, State("hello"), 6).await.is_err());
    Ok(())
}

/// A free function: `Self` in its body is of an item in there.
#[cached(namespace = "signatures.items", ttl = "5m")]
async fn with_items(id: u64) -> u64 {
    struct Node {
        next: Option<Box<Self>>,
        id: u64,
    }
    enum Tree {
        Leaf(u64),
        Branch(Box<Self>),
    }
    struct Wrapped(Option<Box<Self>>);
    let node = Node { next: None, id };
    let Tree::Leaf(leaf) = Tree::Leaf(node.id) else {
        return 0;
    };
    leaf + u64::from(node.next.is_some()) + u64::from(Wrapped(None).0.is_some())
}

#[larder::test]
async fn items_in_a_body_have_a_self_of_their_own() -> Result<(), Error> {
    assert_eq!(with_items(7).await, 7);
    assert_eq!(with_items::peek(7).await?, Some(7));
    Ok(())
}
