//! A connection that is kept: whoever asks on it draws the conclusions about it, and its keeper makes
//! it anew.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;

use redis::{RedisResult, Value};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::convert;
use super::dial::{Dialed, Dialer};
use super::failure::{self, Loss};
use super::in_flight::InFlight;
use super::keeper::Keeper;
use super::link::Link;
use super::purpose::Purpose;
use super::slot::{End, Slot};
use crate::backend::{Call, Command, Reply};
use crate::error::Result;

/// A connection of a backend, with what keeps it. Dropping it ends the connection.
#[derive(Debug)]
pub(super) struct Kept {
    dialer: Arc<Dialer>,
    /// Tells the keeper to stop; it holds the only receiver for as long as it works.
    stop: watch::Sender<bool>,
}

impl Kept {
    /// Has a task of this runtime keep the connections that `dialer` makes, beginning with one that
    /// is in place already, if there is one.
    pub(super) fn start(
        runtime: &Handle,
        dialer: Dialer,
        purpose: Purpose,
        first: Option<Dialed>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let dialer = Arc::new(dialer);
        let keeper = Keeper::new(Arc::clone(&dialer), purpose);
        runtime.spawn(keeper.run(stopped, first));
        Self { dialer, stop }
    }

    /// What makes the connections.
    pub(super) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Where the live connection is.
    pub(super) fn slot(&self) -> &Arc<Slot> {
        self.dialer.slot()
    }

    /// Ends the connection, and makes no other.
    pub(super) async fn close(&self) {
        self.slot().end(End::Closed);
        self.stop.send_replace(true);
        // The keeper has the only receiver, and drops it when its work is done.
        self.stop.closed().await;
    }

    /// Waits for what is being sent on `link`, and draws the conclusions about the connection.
    pub(super) async fn request<T>(
        &self,
        link: &Link,
        operation: &'static str,
        call: &Call,
        sending: Pin<&mut impl Future<Output = RedisResult<T>>>,
    ) -> Result<T> {
        let in_flight = InFlight::new(self.slot(), link, self.dialer.clock(), call.deadline);
        let outcome = sending.await;
        in_flight.ended();
        match outcome {
            Ok(answer) => Ok(answer),
            Err(error) => {
                if let Some(loss) = failure::loss(&error) {
                    self.slot().lose(link.generation(), loss);
                }
                Err(failure::error(error, operation))
            }
        }
    }

    /// The answer to one command that nobody else's may go with.
    pub(super) async fn one(&self, link: &Link, command: &Command, call: &Call) -> Result<Reply> {
        let operation = command.name();
        let sending = pin!(link.send(command.driver()));
        let value = self.request(link, operation, call, sending).await?;
        self.heed(link, &value);
        convert::reply(value, operation)
    }

    /// The answers to commands that are sent together.
    pub(super) async fn all(
        &self,
        link: &Link,
        operation: &'static str,
        commands: &redis::Pipeline,
        call: &Call,
    ) -> Result<Vec<Value>> {
        let sending = pin!(link.send_all(commands));
        let values = self.request(link, operation, call, sending).await?;
        for value in &values {
            self.heed(link, value);
        }
        Ok(values)
    }

    /// A server that takes no writes any more is not the one that holds the data.
    fn heed(&self, link: &Link, value: &Value) {
        match value {
            Value::ServerError(error) if error.code() == "READONLY" => {
                self.slot().lose(link.generation(), Loss::ReadOnly);
            }
            Value::Array(values) => {
                for value in values
                    .iter()
                    .filter(|value| matches!(value, Value::ServerError(_)))
                {
                    self.heed(link, value);
                }
            }
            _ => {}
        }
    }
}
