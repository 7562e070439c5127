//! What the attributes do to a function, on the embedded backend: one module for each thing that they promise.

mod boxed;
mod companions;
mod conditions;
mod derives;
mod generics;
mod hygiene;
mod keys;
mod methods;
mod rules;
mod shapes;
mod support;
mod tests;
mod tracing;
