//! Arguments of a body that may outlive its caller.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

/// What has a form that owns what it has. The form is a parameter: an associated type would be a
/// second error where there is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is borrowed, and this body may outlive whoever lent it",
    label = "there is no owned form of `{Self}`",
    note = "the body runs in a task of its own when it refreshes a value (`stale`, `early`, `refresh_every`), and ends in one when its caller gives up (`hard`)",
    note = "take the argument by value, such as an `Arc` of it, or implement `Clone` for `{Self}`"
)]
pub trait Outlive<Owned> {
    /// A copy that owns what it has.
    fn own(&self) -> Owned;
}

// Without this the compiler would name the bound that fails, and not what was asked for. For the
// same reason it is not done for whatever is `ToOwned`: the compiler would look through that and
// complain of something else.
#[diagnostic::do_not_recommend]
impl<T: Clone> Outlive<T> for T {
    fn own(&self) -> T {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Outlive<Vec<T>> for [T] {
    fn own(&self) -> Vec<T> {
        self.to_vec()
    }
}

impl Outlive<String> for str {
    fn own(&self) -> String {
        self.to_owned()
    }
}

impl Outlive<PathBuf> for Path {
    fn own(&self) -> PathBuf {
        self.to_owned()
    }
}

impl Outlive<OsString> for OsStr {
    fn own(&self) -> OsString {
        self.to_owned()
    }
}

impl Outlive<CString> for CStr {
    fn own(&self) -> CString {
        self.to_owned()
    }
}

/// The owned form of a borrowed argument.
pub fn own<T: Outlive<Owned> + ?Sized, Owned>(borrowed: &T) -> Owned {
    borrowed.own()
}
