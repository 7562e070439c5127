//! Both backends do the same: every command, script and push runs on a real server and on the
//! embedded one, and the replies and what is stored afterwards are compared. The real server is the
//! oracle, so a case states no results. The embedded one has the words of Redis 7.0: with a server
//! of another version, or with Valkey, only the codes of errors are compared.
//!
//! Left out, because no two servers agree on it or nobody may rely on it: `INFO`, numbers beyond
//! 2^53 in scripts and fractions of numbers beyond 2^63, the twentieth digit of an `INCRBYFLOAT`
//! and one by more than 10^308 (all depend on the processor), hexadecimal fractions, `loadstring`,
//! the order of sets, hashes and scans, and what `TIME` answers twice in one script (the same since
//! Redis 7.2, another before).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this whole target is a test"
)]
#![allow(
    clippy::needless_raw_string_hashes,
    reason = "tables are written alike, whether or not one has a quoted word"
)]

#[path = "../support/mod.rs"]
mod support;

mod answer;
mod chance;
mod pair;
mod servers;
mod state;
mod table;

mod expiry;
mod groups;
mod hashes;
mod keys;
mod lists;
mod mutations;
mod pipelines;
mod protocol;
mod pushes;
mod scans;
mod scripts;
mod sequences;
mod sets;
mod sorted_sets;
mod strings;
mod telling;
mod whole_server;
