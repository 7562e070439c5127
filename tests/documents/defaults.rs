//! Defaults that a table tells are those of the program.

use std::time::Duration;

use larder::lock::LockSpec;
use larder::{CacheSpec, IdempotencySpec, Larder, PermitSpec, Ttl};

use super::read;

/// What stands in the cells of a row, without what marks it as code.
fn cells(row: &str) -> Vec<&str> {
    let cells = row.trim_matches('|').split(" | ");
    cells
        .map(|cell| cell.trim().trim_matches(['`', '"']))
        .collect()
}

#[test]
fn the_defaults_of_settings_are_those_of_the_builder() {
    let made = format!("{:?}", Larder::builder());
    let guide = read("docs/guide/configuration.md");
    let mut found = 0;
    for row in guide.lines().filter(|line| line.starts_with("| `")) {
        let [name, _, default, ..] = cells(row)[..] else {
            continue;
        };
        let said = match name {
            "app" => format!("{name}: \"{default}\""),
            "call_budget" | "command_timeout" | "connect_timeout" | "local_bytes"
            | "max_value_bytes" => format!("{name}: {default}"),
            _ => continue,
        };
        assert!(made.contains(&said), "{said} is not in {made}");
        found += 1;
    }
    assert_eq!(found, 6, "the rows were not found");
}

#[test]
fn the_defaults_of_leases_and_waits_are_those_of_the_attributes() {
    let day = Duration::from_hours(24);
    for (attribute, made) in [
        ("cached", format!("{:?}", CacheSpec::new("n", Ttl::NEVER))),
        (
            "concurrency_limited",
            format!("{:?}", PermitSpec::new("n", 1)),
        ),
        (
            "idempotent",
            format!("{:?}", IdempotencySpec::new("n", day)),
        ),
        ("with_lock", format!("{:?}", LockSpec::new("n"))),
    ] {
        let table = read(&format!("macros/src/{attribute}/docs.md"));
        for name in ["lease", "wait"] {
            let beginning = format!("| `{name} = ");
            let row = table.lines().find(|line| line.starts_with(&beginning));
            let default = cells(row.expect(&beginning))[1];
            let said = format!("{name}: {default}");
            assert!(made.contains(&said), "{attribute}: {said} is not in {made}");
        }
    }
}
