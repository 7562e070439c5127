//! What `#[larder::test]` calls.

use crate::Larder;

/// What a test may take.
#[diagnostic::on_unimplemented(
    message = "a test takes nothing, or its Larder: write `async fn name(larder: Larder)`",
    label = "this is no `Larder`"
)]
pub trait TestArgument {
    /// It, from the test's Larder.
    fn of(larder: Larder) -> Self;
}

impl TestArgument for Larder {
    fn of(larder: Larder) -> Self {
        larder
    }
}
