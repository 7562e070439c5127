//! The syntax that attributes share. Every value keeps the place where it was written.

pub(crate) mod arguments;
pub(crate) mod duration;
pub(crate) mod item;
pub(crate) mod literal;
mod nearest;
mod reader;
pub(crate) mod template;
mod under;
pub(crate) mod value;

pub(crate) use arguments::{Argument, Arguments, Given, value_of, with_name};
pub(crate) use nearest::did_you_mean;
pub(crate) use reader::Reader;
pub(crate) use under::function;
