//! Making one connection. Only this file knows where the server is: finding it another way changes
//! nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, RedisConnectionInfo};

use super::driver::Driver;
use super::gathering::Gathering;
use super::link::Link;
use super::slot::Slot;
use super::traffic::Traffic;
use super::{convert, setup, stream, tls};
use crate::clock::{Clock, Elapsed, Moment};
use crate::config::{Address, ConnectSettings, Encryption, RedisEndpoint};
use crate::error::{Error, ErrorKind, Result};

/// How many requests may wait to be written before callers wait for room.
const QUEUE: usize = 1024;

/// Makes connections to one server.
#[derive(Debug)]
pub(super) struct Dialer {
    endpoint: RedisEndpoint,
    settings: ConnectSettings,
    clock: Clock,
    slot: Arc<Slot>,
    dials: AtomicU64,
}

/// A connection that was made, and the task that reads and writes it.
#[derive(Debug)]
pub(super) struct Dialed {
    pub(super) link: Arc<Link>,
    pub(super) driver: Driver,
}

impl Dialer {
    /// Checks all that can be checked before the first attempt.
    pub(super) fn new(
        endpoint: &RedisEndpoint,
        settings: &ConnectSettings,
        clock: &Clock,
        slot: Arc<Slot>,
    ) -> Result<Self> {
        settings.check()?;
        check_encryption(&endpoint.address, settings)?;
        Ok(Self {
            endpoint: endpoint.clone(),
            settings: settings.clone(),
            clock: clock.clone(),
            slot,
            dials: AtomicU64::new(0),
        })
    }

    /// Makes connections to the same server for a slot of their own.
    pub(super) fn again(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            settings: self.settings.clone(),
            clock: self.clock.clone(),
            slot: Arc::new(Slot::new(self.endpoint.to_string())),
            dials: AtomicU64::new(0),
        }
    }

    /// Where the connections are put.
    pub(super) fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }

    /// How connections are made and kept.
    pub(super) fn settings(&self) -> &ConnectSettings {
        &self.settings
    }

    /// By what time is told.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How many attempts were made so far.
    pub(super) fn dials(&self) -> u64 {
        self.dials.load(Ordering::Relaxed)
    }

    /// One attempt, which ends within the connect timeout.
    pub(super) async fn dial(&self) -> Result<Dialed> {
        let generation = self.dials.fetch_add(1, Ordering::Relaxed) + 1;
        let deadline = self.clock.now() + self.settings.connect_timeout;
        let attempt = self.attempt(generation, deadline);
        match self.clock.timeout_at(deadline, attempt).await {
            Ok(outcome) => outcome,
            Err(Elapsed) => Err(self.silence()),
        }
        .map_err(|error| error.with("server", &self.endpoint))
    }

    async fn attempt(&self, generation: u64, deadline: Moment) -> Result<Dialed> {
        let endpoint = &self.endpoint;
        let stream = stream::open(&endpoint.address, &self.settings, &self.clock, deadline).await?;
        let traffic = Traffic::default();
        let (mut connection, driver) = MultiplexedConnection::new_with_config(
            &self.greeting(),
            Gathering::new(stream, traffic.clone()),
            self.driver_settings(generation),
        )
        .await
        .map_err(setup::greeting_failed)?;

        let driver = Driver::start(driver, generation, Arc::clone(&self.slot));
        let tracking = setup::set_up(&mut connection, endpoint, &self.settings).await?;
        let link = Link::new(
            connection,
            generation,
            tracking,
            driver.abort_handle(),
            traffic,
        );
        Ok(Dialed {
            link: Arc::new(link),
            driver,
        })
    }

    fn silence(&self) -> Error {
        let hint = match self.endpoint.address {
            // What it takes for a request without an end.
            Address::Tcp {
                encryption: Encryption::Tls,
                ..
            } => {
                ". A server without TLS on this port is silent, too: if that is it, write `redis://`"
            }
            _ => "",
        };
        Error::new(
            ErrorKind::Unreachable,
            "connect",
            format!(
                "the server did not answer within {:?}{hint}",
                self.settings.connect_timeout
            ),
        )
    }

    /// What the driver says first: the third version of the protocol, and who we are.
    fn greeting(&self) -> RedisConnectionInfo {
        let mut info = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_skip_set_lib_name();
        if let Some(user) = &self.endpoint.user {
            info = info.set_username(user);
        }
        if let Some(password) = &self.endpoint.password {
            info = info.set_password(password);
        }
        info
    }

    fn driver_settings(&self, generation: u64) -> AsyncConnectionConfig {
        let slot = Arc::clone(&self.slot);
        let hear = move |info: PushInfo| -> std::result::Result<(), ()> {
            if let Some(push) = convert::push(info) {
                slot.hear(generation, &push);
            }
            Ok(())
        };
        AsyncConnectionConfig::new()
            // Every call has its own deadline, and so has every attempt to connect.
            .set_response_timeout(None)
            .set_connection_timeout(None)
            .set_pipeline_buffer_size(QUEUE)
            .set_push_sender(hear)
    }
}

/// Encryption is never left out silently, whichever half of it was forgotten.
fn check_encryption(address: &Address, settings: &ConnectSettings) -> Result<()> {
    match address {
        Address::Tcp {
            encryption: Encryption::Tls,
            ..
        } => tls::check(&settings.tls),
        _ if settings.tls.is_default() => Ok(()),
        _ => Err(Error::new(
            ErrorKind::Configuration,
            "connect",
            "certificates are set (by `tls` or LARDER_TLS_CA, LARDER_TLS_CERTIFICATE) but the connection is not encrypted: \
             write `rediss://`",
        )),
    }
}
