//! Hashes.

use larder::ErrorKind;

use crate::fleet::Fleet;
use crate::{HOUR, is_about, numbers, user, users, word, words};

on_each_backend! {
    fields_are_set_read_and_removed,
    many_fields,
    nothing_at_once,
    fields_are_counted,
    more_than_a_script_takes_at_once,
    a_field_that_cannot_be_read_is_an_error,
}

async fn fields_are_set_read_and_removed(fleet: Fleet) {
    let users = users(&fleet.node().await);
    assert_eq!(users.hget("h", "a").await.unwrap(), None);
    assert!(users.hgetall("h").await.unwrap().is_empty());
    users.hset("h", "a", &user("Ann")).await.unwrap();
    users.hset("h", "a", &user("Bob")).await.unwrap();
    users.hset("h", "", &user("")).await.unwrap();
    assert_eq!(users.hget("h", "a").await.unwrap(), Some(user("Bob")));
    assert_eq!(users.hget("h", "").await.unwrap(), Some(user("")));
    let all = users.hgetall("h").await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all["a"], user("Bob"));
    assert_eq!(users.hdel("h", ["a", "b", "a"]).await.unwrap(), 1);
    assert_eq!(users.hget("h", "a").await.unwrap(), None);
    assert_eq!(users.hdel("h", [""]).await.unwrap(), 1);
    assert!(!users.exists("h").await.unwrap(), "an empty hash is none");
}

async fn many_fields(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let fields = [("a", word("1")), ("b", word("2")), ("a", word("3"))];
    words
        .hset_many("h", &std::collections::HashMap::from(fields.clone()))
        .await
        .unwrap();
    words.hset_many("h", fields).await.unwrap();
    let found = words.hget_many("h", ["b", "none", "a", "b"]).await.unwrap();
    assert_eq!(
        found,
        [Some(word("2")), None, Some(word("3")), Some(word("2"))]
    );
    assert_eq!(words.hget_many("none", ["a"]).await.unwrap(), [None]);
}

async fn nothing_at_once(fleet: Fleet) {
    let words = words(&fleet.node().await);
    let none: [&str; 0] = [];
    words
        .hset_many("h", Vec::<(&str, String)>::new())
        .await
        .unwrap();
    assert_eq!(words.hget_many("h", none).await.unwrap(), []);
    assert_eq!(words.hdel("h", none).await.unwrap(), 0);
    assert!(!words.exists("h").await.unwrap());
}

async fn fields_are_counted(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    assert_eq!(numbers.hincr("h", "a", 5).await.unwrap(), 5);
    assert!(is_about(numbers.ttl("h").await.unwrap(), HOUR));
    assert_eq!(numbers.hincr("h", "a", -7).await.unwrap(), -2);
    assert_eq!(numbers.hincr("h", "b", 1).await.unwrap(), 1);
    let all = numbers.hgetall("h").await.unwrap();
    assert_eq!((all["a"], all["b"]), (-2, 1));
    assert_eq!(
        numbers.hget_many("h", ["a", "c"]).await.unwrap(),
        [Some(-2), None]
    );
}

async fn more_than_a_script_takes_at_once(fleet: Fleet) {
    let numbers = numbers(&fleet.node().await);
    let fields = (0..9_999).map(|number| (number.to_string(), number));
    numbers.hset_many("h", fields).await.unwrap();
    let all = numbers.hgetall("h").await.unwrap();
    assert_eq!(all.len(), 9_999);
    assert!(
        all.iter()
            .all(|(field, number)| *field == number.to_string())
    );
}

async fn a_field_that_cannot_be_read_is_an_error(fleet: Fleet) {
    let larder = fleet.node().await;
    let stranger = fleet.stranger().await;
    let users = users(&larder);
    let set = |field: &[u8], value: &[u8]| {
        let key = users.key("h");
        stranger.run(
            larder_runtime::backend::Command::new("HSET")
                .arg(&key)
                .arg(field)
                .arg(value),
        )
    };
    set(b"foreign", b"bytes").await;
    let kind = |error: larder::Error| error.kind();
    assert_eq!(
        users.hget("h", "foreign").await.map_err(kind),
        Err(ErrorKind::Decode)
    );
    users.hincr("h", "counter", 1).await.unwrap();
    assert_eq!(
        users.hget("h", "counter").await.map_err(kind),
        Err(ErrorKind::WrongType)
    );
    users.delete("h").await.unwrap();
    users.hset("h", "good", &user("Ann")).await.unwrap();
    set(b"\xFF", b"x").await;
    assert_eq!(
        users.hgetall("h").await.map_err(kind),
        Err(ErrorKind::Decode)
    );
    assert_eq!(users.hget("h", "good").await.unwrap(), Some(user("Ann")));
}
