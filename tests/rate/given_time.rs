//! The product's own scripts, given the time that they would ask the server for.

use std::time::Duration;

use larder_runtime::backend::{Backend, Call, Reply, Resend, Script, SharedBackend};
use larder_runtime::clock::Clock;

use crate::model::{Kind, Limit};

/// Where the scripts ask for the time, and where they find it here: behind their keys.
const ASKED: &str = "redis.call('TIME')";
const GIVEN: &str = "{KEYS[#KEYS - 1], KEYS[#KEYS]}";
/// Where they turn microseconds into the milliseconds that a key lives, by the server's own clock,
/// and how nothing ends while that clock hardly moves.
const LIVES: &str = "/ 1000)";
const LIVES_LONG: &str = "* 1000)";

/// A script of one kind on one server.
pub(crate) struct GivenTime {
    kind: Kind,
    script: Script,
    backend: SharedBackend,
    clock: Clock,
}

impl GivenTime {
    pub(crate) fn new(kind: Kind, backend: SharedBackend) -> Self {
        let text = match kind {
            Kind::Gcra => include_str!("../../runtime/src/rate/gcra.lua"),
            Kind::FixedWindow => include_str!("../../runtime/src/rate/fixed_window.lua"),
            Kind::SlidingWindow => include_str!("../../runtime/src/rate/sliding_window.lua"),
            Kind::SlidingLog => include_str!("../../runtime/src/rate/sliding_log.lua"),
        };
        assert!(text.contains(ASKED), "{kind:?} asks for the time otherwise");
        assert!(
            text.contains(LIVES),
            "{kind:?} gives keys their end otherwise"
        );
        let text = text.replace(ASKED, GIVEN).replace(LIVES, LIVES_LONG);
        Self {
            kind,
            script: Script::new(Box::leak(text.into_boxed_str())),
            backend,
            clock: Clock::system(),
        }
    }

    /// What the script answers to one call at this time, in microseconds since 1970.
    pub(crate) async fn take(&self, key: &str, limits: &[Limit], cost: u64, now: u64) -> Reply {
        self.ask(("take", "", 0), key, limits, cost, now).await
    }

    /// The same, of a reservation of so many microseconds.
    pub(crate) async fn reserve(
        &self,
        (reservation, lease): (&str, u64),
        key: &str,
        limits: &[Limit],
        cost: u64,
        now: u64,
    ) -> Reply {
        let question = ("reserve", reservation, lease);
        self.ask(question, key, limits, cost, now).await
    }

    /// The same, where this is the true cost of a reservation.
    pub(crate) async fn settle(
        &self,
        reservation: &str,
        key: &str,
        limits: &[Limit],
        cost: u64,
        now: u64,
    ) -> Reply {
        let question = ("settle", reservation, 0);
        self.ask(question, key, limits, cost, now).await
    }

    async fn ask(
        &self,
        (mode, reservation, lease): (&str, &str, u64),
        key: &str,
        limits: &[Limit],
        cost: u64,
        now: u64,
    ) -> Reply {
        let call = Call {
            deadline: self.clock.now() + Duration::from_mins(1),
            resend: Resend::Never,
        };
        let beside = format!("{{{key}}}:r");
        let (seconds, micros) = ((now / 1_000_000).to_string(), (now % 1_000_000).to_string());
        let invocation = match self.kind {
            Kind::Gcra => {
                let keys = [key, &beside, &seconds, &micros];
                self.script
                    .on(&keys)
                    .arg(mode)
                    .arg(cost)
                    .arg(reservation)
                    .arg(lease)
            }
            _ => self
                .script
                .on(&[key, &seconds, &micros])
                .arg(mode)
                .arg(cost),
        };
        let invocation = limits
            .iter()
            .fold(invocation, |invocation, limit| match self.kind {
                Kind::Gcra => invocation
                    .arg(limit.period / 1000)
                    .arg(limit.units)
                    .arg(limit.burst),
                _ => invocation.arg(limit.period).arg(limit.units),
            });
        self.backend.script(&invocation, &call).await.unwrap()
    }
}

/// Whether the answer lets the call pass.
pub(crate) fn passes(reply: &Reply) -> bool {
    let parts = reply.clone().into_array("reply").unwrap();
    parts[0].clone().into_int("reply").unwrap() == 1
}
