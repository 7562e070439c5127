//! What all that declare a cache share: words for how long, where and in what form its values are kept.

mod codec;
mod local;
mod ttl;

pub(crate) use codec::{Codec, codec};
pub(crate) use local::{Local, local};
pub(crate) use ttl::{Ttl, ttl};
