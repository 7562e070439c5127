//! What is stored of a return: values and what is in `Ok` and `Some`, not errors and not `None`,
//! under whatever name.

use std::io;
use std::sync::Arc;

use larder::cached;
use serde::{Deserialize, Serialize};

use super::support::Count;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct User {
    id: u64,
}

type Found<T> = Option<T>;
type Loaded<T> = Result<T, String>;
type DbResult<T> = Result<Option<T>, String>;

#[larder::test]
async fn a_value_is_stored() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.value", ttl = "5m")]
    async fn user(id: u64) -> User {
        LOADS.up();
        User { id }
    }

    assert_eq!(user(7).await, User { id: 7 });
    assert_eq!(user(7).await, User { id: 7 });
    assert_eq!(user(8).await, User { id: 8 });
    assert_eq!(LOADS.get(), 2);
}

#[larder::test]
async fn nothing_is_a_value_too() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.unit", ttl = "5m")]
    async fn warm_up() {
        LOADS.up();
    }

    warm_up().await;
    warm_up().await;
    assert_eq!(LOADS.get(), 1);
}

#[larder::test]
async fn a_shared_value_is_stored() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.arc", ttl = "5m")]
    async fn user(id: u64) -> Result<Arc<User>, String> {
        LOADS.up();
        Ok(Arc::new(User { id }))
    }

    assert_eq!(user(7).await, user(7).await);
    assert_eq!(LOADS.get(), 1);
}

#[larder::test]
async fn an_error_is_not_stored() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.result", ttl = "5m")]
    async fn user(id: u64) -> Result<User, String> {
        if LOADS.up() == 1 {
            return Err("not yet".to_owned());
        }
        Ok(User { id })
    }

    assert_eq!(user(7).await, Err("not yet".to_owned()));
    assert_eq!(user(7).await, Ok(User { id: 7 }));
    assert_eq!(user(7).await, Ok(User { id: 7 }));
    assert_eq!(LOADS.get(), 2);
}

#[larder::test]
async fn none_is_not_stored() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.option", ttl = "5m")]
    async fn user(id: u64) -> Found<User> {
        (LOADS.up() > 1).then_some(User { id })
    }

    assert_eq!(user(7).await, None);
    assert_eq!(user(7).await, Some(User { id: 7 }));
    assert_eq!(user(7).await, Some(User { id: 7 }));
    assert_eq!(LOADS.get(), 2);
}

#[larder::test]
async fn aliases_of_results_are_results() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.io", ttl = "5m")]
    async fn read(id: u64) -> io::Result<User> {
        if LOADS.up() == 1 {
            return Err(io::Error::other("not yet"));
        }
        Ok(User { id })
    }

    #[cached(namespace = "shapes.db", ttl = "5m")]
    async fn find(id: u64) -> DbResult<User> {
        Ok((id > 0).then_some(User { id }))
    }

    assert!(read(7).await.is_err());
    assert_eq!(read(7).await.expect("a user"), User { id: 7 });
    assert_eq!(
        read::peek(7).await.expect("an answer"),
        Some(User { id: 7 })
    );

    assert_eq!(find(0).await, Ok(None));
    assert_eq!(find::peek(0).await.expect("an answer"), None);
    assert_eq!(find(7).await, Ok(Some(User { id: 7 })));
    assert_eq!(
        find::peek(7).await.expect("an answer"),
        Some(Some(User { id: 7 }))
    );
}

#[larder::test]
async fn a_result_under_any_name_is_one_if_the_attribute_says_so() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.chosen", ttl = "5m", returns = "result")]
    async fn user(id: u64) -> Loaded<User> {
        if LOADS.up() == 1 {
            return Err("not yet".to_owned());
        }
        Ok(User { id })
    }

    assert!(user(7).await.is_err());
    assert_eq!(user(7).await, Ok(User { id: 7 }));
    assert_eq!(
        user::peek(7).await.expect("an answer"),
        Some(User { id: 7 })
    );
}

#[larder::test]
async fn a_result_is_a_value_if_the_attribute_says_so() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.verdict", ttl = "5m", returns = "value")]
    async fn verdict(id: u64) -> Result<u64, String> {
        LOADS.up();
        Err(id.to_string())
    }

    assert_eq!(verdict(7).await, Err("7".to_owned()));
    assert_eq!(verdict(7).await, Err("7".to_owned()));
    assert_eq!(LOADS.get(), 1);
}

#[larder::test]
async fn question_marks_and_early_returns_are_stored_like_any_other_end() {
    static LOADS: Count = Count::new();

    #[cached(namespace = "shapes.early", ttl = "5m")]
    async fn parse(text: &str) -> Result<u64, std::num::ParseIntError> {
        LOADS.up();
        if text.is_empty() {
            return Ok(0);
        }
        let number: u64 = text.parse()?;
        Ok(number)
    }

    for _ in 0..2 {
        assert_eq!(parse("").await, Ok(0));
        assert_eq!(parse("7").await, Ok(7));
        assert!(parse("seven").await.is_err());
    }
    assert_eq!(LOADS.get(), 4);
}
