//! Every example runs as it stands and says what it promises: on the embedded server, and where two
//! processes matter on Redis.
//!
//! Cargo builds the examples with the tests. They stand in the folder beside that of the test
//! binaries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets an error has failed"
)]

#[path = "support/mod.rs"]
mod support;

/// The tests that stand in the example itself.
#[path = "../examples/testing_with_memory.rs"]
#[allow(dead_code, reason = "its `main` is run as an example")]
mod testing_with_memory;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::server::RedisServer;

/// What an example printed.
#[derive(Debug)]
struct Printed(String);

impl Printed {
    /// The rest of the line that begins like this.
    fn line(&self, beginning: &str) -> &str {
        let mut rests = self
            .0
            .lines()
            .filter_map(|line| line.strip_prefix(beginning));
        let Some(rest) = rests.next() else {
            panic!("no line begins with {beginning:?}:\n{}", self.0)
        };
        rest
    }

    /// That there is this line.
    fn says(&self, line: &str) {
        assert!(
            self.0.lines().any(|printed| printed == line),
            "no line is {line:?}:\n{}",
            self.0
        );
    }
}

/// Runs an example to its end, which must be a good one.
fn run(name: &str, url: &str) -> Printed {
    let mut program = Command::new(built(name));
    program
        .env("LARDER_URL", url)
        .env_remove("LARDER_APP")
        // What an example shows is not how busy this machine is.
        .env("LARDER_CALL_BUDGET", "10s");
    if name == "axum_service" || name == "limited_service" {
        program.arg("--once");
    }
    let output = program.output().expect("the example starts");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success(),
        "{name} ended with {}:\n{printed}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Printed(printed)
}

fn on_memory(name: &str) -> Printed {
    run(name, "memory:")
}

/// The built example, which must not be older than its source.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this binary");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("target/debug/deps");
    let program = folder
        .join("examples")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    let changed = |path: &Path| path.metadata().and_then(|it| it.modified()).ok();
    let source = sources().join(name).with_extension("rs");
    assert!(
        changed(&program) >= changed(&source),
        "{} is missing or old: `cargo test` builds the examples, and so does `cargo build --examples --all-features`, \
         but `cargo test --test examples` does not",
        program.display()
    );
    program
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The names of all examples.
fn names() -> Vec<String> {
    let files = std::fs::read_dir(sources()).expect("the folder of the examples");
    let paths = files.map(|file| file.expect("a readable folder").path());
    let sources = paths.filter(|path| path.extension().is_some_and(|it| it == "rs"));
    sources
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_example_runs_and_is_in_the_index() {
    let index = std::fs::read_to_string(sources().join("README.md")).expect("the index");
    for name in names() {
        on_memory(&name);
        assert!(
            index.contains(&format!("({name}.rs)")),
            "{name} is not in examples/README.md"
        );
    }
}

#[test]
fn every_example_runs_on_redis_twice() {
    let server = RedisServer::start();
    for name in names().into_iter().flat_map(|name| [name.clone(), name]) {
        run(&name, &server.url());
    }
}

#[test]
fn batches_ask_for_what_is_missing() {
    let printed = on_memory("batches");
    for asked in ["[1, 2, 3, 2000]", "[4]", "[2, 3]"] {
        printed.says(&format!("asked for {asked}"));
    }
    printed.says("found 4 of 5");
    printed.says("price of 1: Some(10)");
    assert_eq!(printed.line("loads: "), "7, hits: 7");
}

#[test]
fn expiry_webhook_calls_the_webhook() {
    let printed = on_memory("expiry_webhook");
    assert_eq!(
        printed.line("the webhook was told: "),
        r#"{"code":"a1b2","event":"expired"}"#
    );
}

#[test]
fn quickstart_loads_once() {
    let printed = on_memory("quickstart");
    printed.says("nothing in the cache yet");
    assert!(
        printed
            .line("1000 concurrent callers: ")
            .starts_with("1 load(s), ")
    );
    assert!(printed.line("one more call: ").starts_with("0 load(s), "));
    assert!(
        printed
            .line("after user::invalidate(7): ")
            .starts_with("1 load(s), ")
    );
    printed.line("the key larder::quickstart.users:1:7 lives for another ");
}

#[test]
fn a_second_quickstart_finds_the_value_of_the_first() {
    let server = RedisServer::start();
    let first = run("quickstart", &server.url());
    let process = first.line("process ").split(' ').next().unwrap().to_owned();
    first.says("nothing in the cache yet");

    let second = run("quickstart", &server.url());
    let found = second.line("in the cache already, put there by process ");
    assert!(found.starts_with(&format!("{process}: ")), "{found}");
    assert!(
        second
            .line("1000 concurrent callers: ")
            .starts_with("0 load(s), ")
    );
}

#[test]
fn without_macros_does_what_the_attribute_does() {
    let printed = on_memory("without_macros");
    printed.says("the key is larder::plain.users:1:7");
    assert!(printed.line("two calls: ").starts_with("1 load(s), "));
    assert!(printed.line("after put: ").contains("Grace"));
    assert!(printed.line("after refresh: ").contains("user 7"));
    printed.says("after invalidate: None");
    printed.says("two calls for nobody: 1 load(s), Err(NoSuchUser)");
}

#[test]
fn negative_caching_remembers_what_it_was_told_to() {
    let printed = on_memory("negative_caching");
    let remembered = "None after 1 load(s), remembered for Some(";
    assert!(printed.line("nobody@example.org: ").starts_with(remembered));
    printed.says("peek, never asked for: None");
    printed.says("peek, known to be nobody: Some(None)");
    printed.says("Atlantis: Err(NoSuchCountry) after 1 load(s)");
    printed.says("Utopia: Err(TryAgain) after 2 load(s)");
    printed.says("after an invalidation: 1 load(s)");
}

#[test]
fn stale_while_revalidate_keeps_nobody_waiting() {
    let printed = on_memory("stale_while_revalidate");
    printed.says("loaded: 301");
    printed.says("stale: 301");
    printed.says("refreshed: Some(302)");
    printed.says("while the source is down: 100 answers, 1 load");
    assert!(!printed.0.contains("anew"), "{}", printed.0);
}

#[test]
fn methods_and_generics_have_entries_of_their_own() {
    let printed = on_memory("methods_and_generics");
    printed.says("prices 70 and 77: 2 load(s)");
    printed.says("names article 7 and article 7: 1 load(s)");
    printed.says("the entry larder::methods.prices:1:north:7 holds Some(70)");
    printed.says("rates (1.25, 1.25): 1 load(s)");
    printed.says("the invoice is still there: Some(Invoice(\"no. 7\"))");
}

#[test]
fn writes_invalidate_put_and_change_in_place() {
    let printed = on_memory("writes");
    let loads = |line: &str| printed.0.lines().filter(|it| *it == line).count();
    assert_eq!(loads("loading user 7"), 2, "{}", printed.0);
    assert_eq!(loads("counting team 3"), 2, "{}", printed.0);
    assert_eq!(loads("loading user 8"), 0, "{}", printed.0);
    printed.says("Augusta");
    printed.says("stored: Some(\"Grace\")");
    printed.says("logins: Some(1)");
    printed.says("touched: true");
    printed.says("stored: None");
}

#[test]
fn locks_let_in_one_at_a_time() {
    let printed = on_memory("locks");
    printed.says("20 sales: 20 sold");
    printed.says("transfers: 2 locks, 2 locks");
    printed.says("free: false");
    printed.says("in 20 ms: Some(LockBusy)");
    printed.says("the late write is refused: true");
    printed.says("the parcel is Some(\"shipped\")");
}

#[test]
fn indexes_and_tags_find_and_remove_groups() {
    let printed = on_memory("indexes_and_tags");
    printed.says("stored of team 3: [7, 8]");
    printed.says("keys of team 4: [\"larder::example.members:1:12\"]");
    printed.says("stored of team 3: []");
    printed.says("stored of team 4: [12]");
    printed.says("user 12: None");
    printed.says("cart 12: None");
    printed.says("carts: None, None");
}

#[test]
fn idempotent_payments_are_paid_once() {
    let printed = on_memory("idempotent_payments");
    let receipt = "receipt 1 for 1000 cents";
    printed.says(&format!("{receipt}; sent again: {receipt}"));
    printed.says("two at once answer the same: true");
    printed.says("the bank was asked 2 time(s)");
    printed.says("the same key for another sum: Err(KeyReused)");
}

#[test]
fn permits_let_in_so_many() {
    let printed = on_memory("permits");
    printed.says("10 exports, never more than 2 at a time: true");
    printed.says("a second one: false");
    printed.says("without waiting: Err(NoPermit)");
    printed.says("in use: 0");
}

#[test]
fn local_tier_serves_copies() {
    let printed = on_memory("local_tier");
    printed.says("1 load, copies are served: true");
    printed.says("after an invalidation: 2 loads");
}

#[test]
fn tenants_are_kept_apart() {
    let printed = on_memory("tenants");
    printed.says("stored under larder:acme:example.settings:1:colour");
    printed.says("acme: true, globex: false");
    printed.says("without a tenant: Err(TenantRequired)");
}

#[test]
fn testing_with_memory_is_a_fleet() {
    let printed = on_memory("testing_with_memory");
    printed.says("after an invalidation by the other: asked 2 time(s)");
}

#[test]
fn two_processes_on_memory_say_that_nothing_is_shared() {
    let printed = on_memory("two_processes");
    assert!(
        printed
            .line("the backend is `memory:`, ")
            .ends_with("nothing is shared")
    );
    printed.line("second process: found nothing, ");
    printed.line("first process: still has ");
}

#[test]
fn two_processes_on_redis_share() {
    let server = RedisServer::start();
    let printed = run("two_processes", &server.url());
    let own = printed.line("first process: ");
    let found = printed.line("second process: found ");
    assert_eq!(found, format!("{own}, without a load"));
    printed.says("first process: the second one's invalidation has removed it");
}

#[test]
fn limited_service_tells_what_is_left_and_denies_the_rest() {
    let printed = on_memory("limited_service");
    assert!(
        printed.line("GET /search: ").starts_with(
            "200 OK; ratelimit: \"service.api:1m\";r=9;t=6, \"service.api:1d\";r=999;t="
        )
    );
    let (_, exports) = printed
        .0
        .split_once("GET /export: 200 OK")
        .expect("one export");
    assert!(exports.contains("GET /export: 429 Too Many Requests; "));
    assert!(printed.line("GET /health: ").starts_with("200 OK"));
    assert!(printed.line("GET /mail: ").ends_with("mailed ada"));
}

#[test]
fn token_blacklist_refuses_what_was_revoked() {
    let printed = on_memory("token_blacklist");
    printed.says("laptop: None");
    printed.says("laptop, revoked: Some(\"stolen\")");
    printed.says("phone: None");
    printed.says("phone, logged out: Some(\"logged out everywhere\")");
    printed.says("phone, logged in again: None");
}

#[test]
fn counters_count() {
    let printed = on_memory("counters");
    printed.says("home in all: Some(3)");
    printed.says("home at nine: Some(2)");
    printed.says("the most viewed: [(\"home\", 3.0)]");
}

#[test]
fn health_tells_an_outage_and_what_was_done_without() {
    let printed = on_memory("health");
    printed.says("before: (200, \"well, outages: 0\")");
    printed.says("a cached call still answers: user 7");
    printed.says("a limited call: true, by Degraded");
    assert!(
        printed
            .line("after: (200, \"")
            .starts_with("serving without Redis")
    );
    printed.says("counted: 1 calls without the cache, 2 without the limit");
}

#[test]
fn axum_service_answers() {
    let printed = on_memory("axum_service");
    printed.says("the database was asked 1 time(s)");
    printed.says(r#"PUT /users/7: 200 OK {"id":7,"name":"Grace"}"#);
    printed.says(r#"GET /users/7: 200 OK {"id":7,"name":"Grace"}"#);
    printed.says("GET /users/99: 404 Not Found");
    assert!(printed.line("GET /health: ").starts_with("200 OK "));
    printed.says("closed");
}
