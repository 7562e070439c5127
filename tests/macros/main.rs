//! What the attributes do, on the embedded backend.
mod free;
