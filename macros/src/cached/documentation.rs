//! What the documentation of the companions says.
//!
//! It is written as strings: what stands in a `quote!` as a comment is read by the compiler once
//! more for every function, line by line, which took a third of the time that an attribute takes.

pub(super) const UNCACHED: &str = "\
Runs the body: nothing is read from the cache and nothing is stored.

# Errors
Those of the body.

# Panics
Where the body does.";

pub(super) const REFRESH: &str = "\
Loads anew and stores what was loaded. Callers read what was stored before until then.

# Errors
Those of the body. They are not stored, and what was stored before stays.";

pub(super) const ENTRY: &str = "\
The entry of one call, on which the other companions are methods.";

pub(super) const KEY: &str = "\
The key under which the value is stored.

# Errors
If no Larder is installed, or a tenant is required and none is in scope.";

pub(super) const PEEK: &str = "\
The stored value, without loading; `None` if there is none.

# Errors
If the backend cannot be asked.";

pub(super) const PUT: &str = "\
Stores a value that was not loaded by the function.

# Errors
If the backend cannot be asked, or the value cannot be encoded.";

pub(super) const INVALIDATE: &str = "\
Removes the value: no call that starts after this returned sees it, nor one that was being loaded meanwhile. What is
answered is for `larder::at_least`, if other processes keep copies.

# Errors
If the backend cannot be asked: then the value may still be there.";

pub(super) const TTL: &str = "\
How long the stored value lives on; `None` if there is none.

# Errors
If the backend cannot be asked.";

pub(super) const CLEAR: &str = "\
Removes every value of this cache and answers how many there were.

# Errors
If the backend cannot be asked: then some values may still be there.";
