//! What the attributes do to a function, on the embedded backend: one module for each thing that
//! they promise.

#![allow(
    dead_code,
    reason = "fields, variants and functions that only have to be written into keys, or to compile"
)]

mod boxed;
mod by_macro;
mod companions;
mod conditions;
mod derives;
mod documented;
mod futures;
mod generics;
mod groups;
mod hygiene;
mod keys;
// The same file as in the UI tests: here it meets clippy.
#[path = "../ui/cached/pass/lints.rs"]
pub mod lints;
mod local;
mod methods;
mod operations;
mod rules;
mod shapes;
mod signatures;
mod sizes;
mod stack;
mod staleness;
mod support;
mod tests;
mod tracing;
mod writes;
