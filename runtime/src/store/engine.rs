//! What all typed stores of one Larder share.

use std::sync::Arc;

use crate::backend::Script;
use crate::context::Context;

/// The scripts of typed stores, and the ground that they stand on.
#[derive(Debug)]
pub(crate) struct StoreEngine {
    context: Arc<Context>,
    /// Adds to a key, and gives it its end if it is new.
    pub(super) create: Script,
    /// Puts a value in the place of another, if that one is still there.
    pub(super) swap: Script,
    /// Stores a value, unless somebody with a greater fence has done so.
    pub(super) fenced: Script,
}

impl StoreEngine {
    /// Stores on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            create: Script::new(include_str!("create.lua")),
            swap: Script::new(include_str!("swap.lua")),
            fenced: Script::new(include_str!("fenced.lua")),
        }
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }
}
