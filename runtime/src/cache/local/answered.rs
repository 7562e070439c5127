//! A read that is to be kept, when it has begun and when it is answered.

use std::time::Duration;

use super::fillings::Mark;
use super::stamps::Count;
use crate::clock::Moment;

/// That a read has begun whose answer is to be kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filling {
    pub(super) mark: Mark,
    pub(super) groups: Count,
    pub(super) epoch: u64,
    pub(super) began: Moment,
}

/// A read to which the server has answered.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(super) filling: Filling,
    /// What the server's clock showed before it read, in microseconds since the Unix epoch.
    pub(super) server_time: u64,
}

impl Filling {
    /// When the read began.
    pub(super) fn began(&self) -> Moment {
        self.began
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl Answered {
    /// How long it is from when the server answered until its clock shows this.
    pub(crate) fn until(&self, server_millis: u64) -> Duration {
        Duration::from_millis(server_millis).saturating_sub(Duration::from_micros(self.server_time))
    }
}
