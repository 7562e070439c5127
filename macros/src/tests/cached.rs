//! Snapshots of `#[cached]`, one for every place where a function can stand.

use expect_test::expect_file;
use proc_macro2::TokenStream;

use super::{check, messages, tokens};
use crate::{cached, stack};

fn run(args: TokenStream, item: TokenStream) -> TokenStream {
    stack::expand("cached", args, item, cached::run)
}

#[test]
fn free_function() {
    let expansion = run(
        tokens(r#"namespace = "users", ttl = "5m", jitter = "10%""#),
        tokens(
            "/// Loads a user.
            pub async fn user(id: u64, mut name: String) -> Result<User, DbError> {
                name.push('!');
                load(id, &name).await
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/free_function.rs"]);
}

#[test]
fn generic_function() {
    let expansion = run(
        tokens(r#"namespace = "pages", ttl = config::PAGE_TTL, skip(db), if = number < 10"#),
        tokens(
            "#[cfg(feature = \"pages\")]
            #[expect(clippy::unused_async)]
            async fn page<'a, D, T: CacheKey, const SIZE: usize>(db: &'a D, of: T, number: u32) -> Page<T>
            where
                D: Database + 'a,
                T: Clone,
            {
                db.page(of, number, SIZE)
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/generic_function.rs"]);
}

#[test]
fn method() {
    let expansion = run(
        tokens(
            r#"namespace = "orders", ttl_from = |order| order.lives(), key = "{self.tenant}:{id}",
            store_if = |order| order.is_paid(), err_ttl = "2s", cache_err = |error| error.is_final(), on_error = "fail""#,
        ),
        tokens(
            "pub(crate) async fn order(&self, id: OrderId) -> Result<Order, Error> {
                self.db.order(id).await
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/method.rs"]);
}

#[test]
fn function_behind() {
    let expansion = run(
        tokens(
            r#"namespace = "rates", ttl = "1m", stale = "1h", early = "10%", on_error = "stale", skip(bank)"#,
        ),
        tokens(
            "async fn rate<B: Bank>(currency: &str, bank: &B, day: Option<Day>) -> Result<f64, BankError> {
                bank.rate(currency, day).await
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/function_behind.rs"]);
}

#[test]
fn function_in_time() {
    let expansion = run(
        tokens(
            r#"namespace = "rates", ttl = "1m", stale = "1h", soft = "100ms", hard = "2s", reload = rate_if_newer"#,
        ),
        tokens(
            "async fn rate(currency: &str, day: Day) -> Result<f64, BankError> {
                bank::rate(currency, day).await
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/function_in_time.rs"]);
}

#[test]
fn method_behind() {
    let expansion = run(
        tokens(
            r#"namespace = "rates", ttl = "never", refresh_every = "30s", key = "{self.bank}:{currency}", unless = currency.is_empty()"#,
        ),
        tokens(
            "#[allow(clippy::unused_async)]
            pub async fn rate(&self, mut currency: String) -> f64 {
                currency.make_ascii_uppercase();
                self.lookup(&currency)
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/method_behind.rs"]);
}

#[test]
fn boxed_method() {
    let expansion = run(
        tokens(
            r#"namespace = "teams", ttl = "never", skip(self), unless = id == 0, local = "10s""#,
        ),
        tokens(
            "fn team<'life0, 'async_trait>(
                &'life0 self,
                id: u64,
            ) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Option<Team>> + ::core::marker::Send + 'async_trait>>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                Box::pin(async move { load(id).await })
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/boxed_method.rs"]);
}

#[test]
fn template_key() {
    let expansion = run(
        tokens(
            r#"namespace = "rates", ttl = "1h30m", key = "{day.year()}/{from}|{to}", skip(client), none_ttl = "10s",
            codec = "postcard", budget = "20ms", lease = "1s", wait = "0s""#,
        ),
        tokens(
            "pub async fn rate(client: &mut Client, from: &str, to: String, day: Date) -> Found<Rate> {
                client.rate(from, &to, day).await
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/template_key.rs"]);
}

#[test]
fn groups() {
    let expansion = run(
        tokens(
            r#"namespace = "users", ttl = "5m", key = "{self.realm}/{id}", index(team = value.team, id = id),
            tags = ["user:{id}", "{self.realm}"]"#,
        ),
        tokens("pub async fn user(&self, id: u64) -> User { load(id).await }"),
    );
    check(expansion, &expect_file!["snapshots/groups.rs"]);
}

#[test]
fn batch() {
    let expansion = run(
        tokens(
            r#"namespace = "users", ttl = "5m", none_ttl = "1m", batch, local = "10s", tags = ["org:{org}"], skip(db),
            store_if = |user| user.is_active, if = org > 0"#,
        ),
        tokens(
            "/// Loads users.
            pub async fn users(db: &Db, ids: &[u64], org: u32) -> Result<HashMap<u64, User>, DbError> {
                db.users(org, ids).await
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/batch.rs"]);
}

#[test]
fn batch_on_a_method() {
    let expansion = run(
        tokens(
            r#"namespace = "users", ttl = "5m", batch, key = "{self.org}:{ids}", index(team = value.team, org = self.org), unless = ids.is_empty()"#,
        ),
        tokens(
            "#[allow(clippy::unused_async)]
            pub async fn users(self: Arc<Self>, mut ids: Vec<u64>) -> Vec<(u64, User)> {
                ids.dedup();
                self.load(ids)
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/batch_method.rs"]);
}

#[test]
fn batch_behind() {
    let expansion = run(
        tokens(
            r#"namespace = "users", ttl = "5m", stale = "1h", soft = "100ms", hard = "2s", reload = newer_users, batch, skip(db)"#,
        ),
        tokens(
            "async fn users(db: &Db, mut ids: Vec<u64>, org: u32) -> Result<HashMap<u64, User>, DbError> {
                ids.sort();
                db.users(org, ids).await
            }",
        ),
    );
    check(expansion, &expect_file!["snapshots/batch_behind.rs"]);
}

/// A function that only calls returns the future of the call, unless somebody can tell.
#[test]
fn a_function_stays_async_where_it_makes_a_difference() {
    let is_async = |args: &str, attrs: &str, of: &str| {
        let args = format!(r#"namespace = "users", ttl = "5m" {args}"#);
        let item = format!("{attrs} {of} fn user(id: u64) -> User {{ load(id) }}");
        let expansion = run(tokens(&args), tokens(&item)).to_string();
        expansion.contains("async fn user")
    };
    let inert = "/// Loads. \n #[cfg(a)] #[allow(b)] #[expect(c)] #[deny(d)] #[deprecated] #[inline] #[doc(hidden)]";
    for (args, attrs, of) in [
        ("", "", "async"),
        ("", inert, "pub async"),
        ("", "", "pub(crate) async"),
    ] {
        assert!(!is_async(args, attrs, of), "{args} {attrs} {of}");
    }
    for (args, attrs, of) in [
        ("", "#[tracing::instrument]", "async"),
        ("", "#[must_use]", "async"),
        ("", "#[cfg_attr(a, instrument)]", "async"),
        ("", "#[tokio::doc]", "async"),
        ("", "", "const async"),
        (", if = id > 0", "", "async"),
        (", unless = id > 0", "", "async"),
        (r#", local = "10s""#, "", "async"),
        (r#", stale = "1h""#, "", "async"),
    ] {
        assert!(is_async(args, attrs, of), "{args} {attrs} {of}");
    }
}

#[test]
fn a_mistake_leaves_the_function_as_it_was() {
    let expansion = run(
        tokens(r#"namespace = "users", ttl = 300"#),
        tokens("async fn user(id: u64) -> User { load(id).await }"),
    );
    check(expansion, &expect_file!["snapshots/mistake.rs"]);
}

#[test]
fn all_mistakes_are_reported_together() {
    let expansion = run(
        tokens(r#"namespace = "us ers", ttl = "5", jitter = 10, version = 0, codec = "jsn""#),
        tokens("async fn user(id: u64) -> User { load(id).await }"),
    );
    assert_eq!(messages(expansion).len(), 5);
}
