//! Mistakes with copies, as the server can make them look: what a node does not hear it cannot
//! heed.

use super::Mutant;
use crate::backend::Push;
use crate::backend::memory::{Fate, Sabotage, Told};

/// What the server does for it, if it is one of these.
pub(super) fn sabotage(mutant: Mutant) -> Option<Sabotage> {
    Some(match mutant {
        // A node that ignored what it hears between a read and its reply would behave alike.
        Mutant::NoFillingMark => Sabotage {
            read: Some(|key| {
                if is_canary(key) {
                    Told::FromTheReadOn
                } else {
                    Told::FromItsReplyOn
                }
            }),
            ..Sabotage::default()
        },
        Mutant::GenerationIgnored => Sabotage {
            push: Some(|push, fate| match push {
                Push::Connected | Push::Disconnected => Fate::GetsLost,
                _ => fate,
            }),
            ..Sabotage::default()
        },
        Mutant::CanaryIgnored => Sabotage {
            push: Some(|push, fate| match push {
                Push::Invalidated(keys) if keys.iter().all(|key| is_canary(key)) => Fate::Arrives,
                _ => fate,
            }),
            ..Sabotage::default()
        },
        _ => return None,
    })
}

fn is_canary(key: &[u8]) -> bool {
    key.starts_with(b"simulated::!canary:")
}
