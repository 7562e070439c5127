//! The scenarios by name. `cargo xtask bench` reads this file too, so that it can list them and
//! refuse a wrong name without building anything.

/// One scenario, as it is listed.
#[derive(Debug)]
pub(crate) struct Listed {
    /// How it is called for.
    pub(crate) id: &'static str,
    /// What it measures.
    pub(crate) about: &'static str,
}

/// Every scenario, in the order in which they run.
pub(crate) const SCENARIOS: [Listed; 22] = [
    Listed {
        id: "local_hit_arc",
        about: "a hit in this process, `Arc<User>`: time per call against cached in memory",
    },
    Listed {
        id: "local_hit_clone",
        about: "a hit in this process, a `User` cloned: time per call against cached in memory",
    },
    Listed {
        id: "coherence_lag",
        about: "for how long a process answers with its copy after another process has invalidated it",
    },
    Listed {
        id: "shared_hit_seq",
        about: "a hit on Redis, one caller: time per call against a bare GET and decode",
    },
    Listed {
        id: "shared_hit_16",
        about: "a hit on Redis, 16 tasks: time per call against a bare GET and decode",
    },
    Listed {
        id: "shared_hit_256",
        about: "a hit on Redis, 256 tasks: time per call against a bare GET and decode",
    },
    Listed {
        id: "shared_hit_cached",
        about: "a hit on Redis, one caller, 16 and 256 tasks: time per call against cached",
    },
    Listed {
        id: "shared_hit_hitbox",
        about: "a hit on Redis, one caller and 256 tasks: time per call against hitbox-fn",
    },
    Listed {
        id: "batch_100",
        about: "100 present keys on Redis in one call: time per call against one bare MGET and decode",
    },
    Listed {
        id: "cold_key",
        about: "how often the body runs when 4 processes with 250 callers each ask for one missing key",
    },
    Listed {
        id: "outage_first",
        about: "Redis killed, or black-holed: the slowest of the first calls, above the body",
    },
    Listed {
        id: "outage_open",
        about: "Redis killed, or black-holed: a call once the outage is known, above the body",
    },
    Listed {
        id: "rolling_deploy",
        about: "two builds that differ in one field share their keys: how many calls are hits",
    },
    Listed {
        id: "tag_invalidate",
        about: "a tag of 100,000 entries is invalidated: time, against a set that lists their keys",
    },
    Listed {
        id: "index_pages",
        about: "an index value with 100,000 entries is read and invalidated: time, and the slowest single command",
    },
    Listed {
        id: "rate_check",
        about: "a check of a rate limit, 256 tasks: time per call against a bare EVALSHA of the same script, throttle-kit and tower-rate-limit-redis",
    },
    Listed {
        id: "rate_denied",
        about: "a key that is denied, one caller: time per call, without asking the server",
    },
    Listed {
        id: "lock_cycle",
        about: "a free lock is taken and given back, one caller and 64 tasks: time per cycle against rslock",
    },
    Listed {
        id: "lock_handover",
        about: "from the release of a lock until who waited for it has it: the 99th of 100, against rslock",
    },
    Listed {
        id: "lock_stall",
        about: "the server stops for 700 ms while a lock is extended: how many locks are lost, against rslock",
    },
    Listed {
        id: "hit_instructions",
        about: "instructions of a hit on the embedded server, against a bare GET and decode there (callgrind)",
    },
    Listed {
        id: "build_300",
        about: "build time of 300 annotated functions against the same functions bare",
    },
];

/// The scenarios of these names, in the order asked for; all of them if none is named.
///
/// # Errors
/// What is wrong with the first name that is none, and which one is near.
pub(crate) fn find(names: &[String]) -> Result<Vec<&'static Listed>, String> {
    if names.is_empty() {
        return Ok(SCENARIOS.iter().collect());
    }
    names.iter().map(|name| one(name)).collect()
}

fn one(name: &str) -> Result<&'static Listed, String> {
    let found = SCENARIOS.iter().find(|listed| listed.id == name);
    found.ok_or_else(|| {
        let nearest = SCENARIOS
            .iter()
            .min_by_key(|listed| distance(name, listed.id))
            .map_or("", |listed| listed.id);
        format!("there is no scenario `{name}`; the nearest is `{nearest}`")
    })
}

/// How many letters must be added, removed or replaced.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_all() {
        assert_eq!(find(&[]).unwrap().len(), SCENARIOS.len());
    }

    #[test]
    fn a_wrong_name_brings_the_nearest() {
        for (written, meant) in [
            ("cold_keys", "cold_key"),
            ("shared_hit_sequential", "shared_hit_seq"),
            ("build", "build_300"),
        ] {
            let told = find(&[written.to_owned()]).unwrap_err();
            assert!(told.contains(&format!("`{meant}`")), "{told}");
        }
    }
}
