//! What `#[cache_put]` is going to write, and every rule across its arguments and the function.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, Path};

use super::args::Args;
use crate::diagnostics::Diagnostics;
use crate::writing::entries::About;
use crate::writing::writer::Writer;

/// Everything that is written.
pub(super) struct Plan {
    pub(super) krate: Path,
    pub(super) writer: Writer,
    pub(super) puts: Vec<Put>,
}

/// One value that is put.
pub(super) struct Put {
    pub(super) about: About,
    /// The name of what the function answers, if the key is made of that.
    pub(super) answer: Option<Ident>,
    /// What is put, if it is not the answer as it is.
    pub(super) value: Option<Expr>,
}

impl Plan {
    /// `None` means that something is missing which has been reported.
    pub(super) fn new(
        args: Args,
        item: TokenStream,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let on_error = args.on_error.as_ref();
        let writer = Writer::new("cache_put", item, on_error, args.returns, diagnostics)?;
        let puts = args.puts?.into_iter().map(|put| {
            let in_key = writer.answer_in(&put.call, diagnostics);
            // Said once for both places.
            if let (None, Some(value)) = (&in_key, &put.value) {
                writer.answer_in(value, diagnostics);
            }
            Put {
                about: put.about,
                answer: in_key,
                value: put.value,
            }
        });
        let puts = puts.collect();
        Some(Self {
            krate: args.krate,
            writer,
            puts,
        })
    }
}
