//! The codecs by the names that attributes call them. One that is left out of the build is a
//! mistake that the compiler can tell: at run time nothing would be stored, and only the log would
//! say why.

/// MessagePack is always there.
#[doc(hidden)]
#[macro_export]
macro_rules! codec_msgpack {
    () => {
        $crate::codec::Codec::MessagePack
    };
}

/// The feature `json` is on.
#[cfg(feature = "json")]
#[doc(hidden)]
#[macro_export]
macro_rules! codec_json {
    () => {
        $crate::codec::Codec::Json
    };
}

/// Says which feature is missing.
#[cfg(not(feature = "json"))]
#[doc(hidden)]
#[macro_export]
macro_rules! codec_json {
    () => {
        ::core::compile_error!("`codec = \"json\"` needs the feature `json`: larder = { version = \"…\", features = [\"json\"] }")
    };
}

/// The feature `postcard` is on.
#[cfg(feature = "postcard")]
#[doc(hidden)]
#[macro_export]
macro_rules! codec_postcard {
    () => {
        $crate::codec::Codec::Postcard
    };
}

/// Says which feature is missing.
#[cfg(not(feature = "postcard"))]
#[doc(hidden)]
#[macro_export]
macro_rules! codec_postcard {
    () => {
        ::core::compile_error!("`codec = \"postcard\"` needs the feature `postcard`: larder = { version = \"…\", features = [\"postcard\"] }")
    };
}

/// The feature `bincode` is on.
#[cfg(feature = "bincode")]
#[doc(hidden)]
#[macro_export]
macro_rules! codec_bincode {
    () => {
        $crate::codec::Codec::Bincode
    };
}

/// Says which feature is missing.
#[cfg(not(feature = "bincode"))]
#[doc(hidden)]
#[macro_export]
macro_rules! codec_bincode {
    () => {
        ::core::compile_error!("`codec = \"bincode\"` needs the feature `bincode`: larder = { version = \"…\", features = [\"bincode\"] }")
    };
}

pub use crate::{codec_bincode, codec_json, codec_msgpack, codec_postcard};
