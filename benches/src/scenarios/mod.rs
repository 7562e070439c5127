//! One file a scenario. Each answers its rows; those with actors say what an actor does.

mod batch_100;
mod build_300;
mod coherence_lag;
mod cold_key;
mod groups;
mod hit_instructions;
mod hits;
mod index_pages;
mod local_hit_arc;
mod local_hit_clone;
mod local_hits;
mod lock_cycle;
mod lock_handover;
mod lock_stall;
mod outage;
mod outage_first;
mod outage_open;
mod rate_check;
mod rate_denied;
mod rates;
mod rolling_deploy;
mod shared_hit_16;
mod shared_hit_256;
mod shared_hit_cached;
mod shared_hit_hitbox;
mod shared_hit_seq;
mod tag_invalidate;

use crate::measure::Result;
use crate::row::Row;

/// Measures the scenario of this name.
pub(crate) async fn run(id: &str) -> Result<Vec<Row>> {
    match id {
        shared_hit_seq::ID => shared_hit_seq::run().await,
        shared_hit_16::ID => shared_hit_16::run().await,
        shared_hit_256::ID => shared_hit_256::run().await,
        shared_hit_cached::ID => shared_hit_cached::run().await,
        shared_hit_hitbox::ID => shared_hit_hitbox::run().await,
        local_hit_arc::ID => local_hit_arc::run().await,
        local_hit_clone::ID => local_hit_clone::run().await,
        coherence_lag::ID => coherence_lag::run().await,
        batch_100::ID => batch_100::run().await,
        cold_key::ID => cold_key::run().await,
        outage_first::ID => outage_first::run().await,
        outage_open::ID => outage_open::run().await,
        rolling_deploy::ID => rolling_deploy::run().await,
        tag_invalidate::ID => tag_invalidate::run().await,
        index_pages::ID => index_pages::run().await,
        rate_check::ID => rate_check::run().await,
        rate_denied::ID => rate_denied::run().await,
        lock_cycle::ID => lock_cycle::run().await,
        lock_handover::ID => lock_handover::run().await,
        lock_stall::ID => lock_stall::run().await,
        hit_instructions::ID => hit_instructions::run().await,
        build_300::ID => build_300::run().await,
        other => Err(format!("`{other}` is in the catalogue and nowhere else").into()),
    }
}

/// How many threads the part wants: as many as there are processors unless it says so.
pub(crate) fn threads(part: &[String]) -> Threads {
    let one_caller = hits::Callers::One.word();
    match part {
        [name, callers, ..] if name == hits::PART && callers == one_caller => Threads::One,
        [name, callers, ..] if name == lock_cycle::ID && callers == one_caller => Threads::One,
        [name, ..] if name == local_hits::PART || name == hit_instructions::ID => Threads::One,
        [name, ..] if name == rate_denied::ID => Threads::One,
        [name, ..] if name == batch_100::ID => Threads::One,
        _ => Threads::All,
    }
}

/// On how many threads a runtime runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    One,
    All,
}

/// Plays a part in the scenario that the first of these words names.
pub(crate) async fn act(part: &[String]) -> Result<()> {
    let part: Vec<&str> = part.iter().map(String::as_str).collect();
    match part[..] {
        [hits::PART, callers, peer, url] => hits::act(callers, peer, url).await,
        [local_hits::PART, answer, memory, url] => local_hits::act(answer, memory, url).await,
        [rates::PART, peer, url] => rates::act(peer, url).await,
        [lock_cycle::ID, callers, url] => lock_cycle::act(callers, url).await,
        [lock_handover::ID, url] => lock_handover::act(url).await,
        [rate_denied::ID, url] => rate_denied::act(url).await,
        [coherence_lag::ID, role, url] => coherence_lag::act(role, url).await,
        [batch_100::ID, url] => batch_100::act(url).await,
        [cold_key::ID, library, url] => cold_key::act(library, url).await,
        [outage::PART, library, url] => outage::act(library, url).await,
        [hit_instructions::ID, subject, hits] => hit_instructions::act(subject, hits).await,
        _ => Err("there is no such part".into()),
    }
}
