//! What all that declare a cache share: words for how long, where and in what form its values are
//! kept.

mod codec;
mod idle;
mod local;
mod refreshing;
mod ttl;
mod value;

pub(crate) use codec::{Codec, codec};
pub(crate) use idle::check_idle;
pub(crate) use local::{Local, local};
pub(crate) use refreshing::Refreshing;
pub(crate) use ttl::{Ttl, ttl};
pub(crate) use value::{borrowed, check_owned};
