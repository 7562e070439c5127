//! What `#[invalidates]` is going to write, and every rule across its arguments and the function.

use proc_macro2::{Ident, TokenStream};
use syn::Path;

use super::args::Args;
use crate::diagnostics::Diagnostics;
use crate::writing::entries::About;
use crate::writing::writer::Writer;

/// Everything that is written.
pub(super) struct Plan {
    pub(super) krate: Path,
    pub(super) writer: Writer,
    pub(super) invalidations: Vec<Invalidation>,
}

/// One invalidation.
pub(super) struct Invalidation {
    pub(super) about: About,
    /// The name of what the function answers, if it is about that.
    pub(super) answer: Option<Ident>,
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(
        args: Args,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let on_error = args.on_error.as_ref();
        let writer = Writer::new("invalidates", item, on_error, args.returns, diagnostics)?;
        let calls = args.calls?.into_iter();
        let invalidations = calls.map(|(call, about)| Invalidation {
            answer: writer.answer_in(&call, diagnostics),
            about,
        });
        let invalidations = invalidations.collect();
        Some(Self {
            krate: args.krate,
            writer,
            invalidations,
        })
    }
}
