//! Bytes to and from a server: sockets, and encryption over them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use redis::io::tcp::socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};

use super::tls;
use crate::clock::{Clock, Elapsed, Moment};
use crate::config::{Address, ConnectSettings, Encryption};
use crate::error::{Error, ErrorKind, Result};

/// What operating systems take for a time without traffic: they count whole seconds, in 15 bits.
const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(1);
const LONGEST_KEEP_ALIVE: Duration = Duration::from_secs(32_767);

/// Whatever the driver can read and write.
pub(super) trait AnyStream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> AnyStream for S {}

/// Connects to an address. `deadline` is only used to share the time among a host's addresses.
pub(super) async fn open(
    address: &Address,
    settings: &ConnectSettings,
    clock: &Clock,
    deadline: Moment,
) -> Result<Box<dyn AnyStream>> {
    match address {
        Address::Unix { path } => open_socket(path).await,
        Address::Tcp {
            host,
            port,
            encryption,
        } => {
            let stream = open_network(host, *port, clock, deadline).await?;
            tune(&stream, settings.keep_alive).map_err(unreachable)?;
            match encryption {
                Encryption::Plain => Ok(Box::new(stream)),
                Encryption::Tls => {
                    let stream = tls::encrypt(stream, host, &settings.tls).await?;
                    Ok(Box::new(stream))
                }
            }
        }
    }
}

#[cfg(unix)]
async fn open_socket(path: &std::path::Path) -> Result<Box<dyn AnyStream>> {
    let stream = tokio::net::UnixStream::connect(path)
        .await
        .map_err(unreachable)?;
    Ok(Box::new(stream))
}

#[cfg(not(unix))]
async fn open_socket(_: &std::path::Path) -> Result<Box<dyn AnyStream>> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "connect",
        "this system has no unix sockets: write `redis://host:port`",
    ))
}

/// Tries the host's addresses in turn. One that does not answer leaves the others their share of
/// the time.
async fn open_network(host: &str, port: u16, clock: &Clock, deadline: Moment) -> Result<TcpStream> {
    let addresses: Vec<SocketAddr> = lookup_host((host, port))
        .await
        .map_err(|error| {
            Error::new(
                ErrorKind::Unreachable,
                "connect",
                format!("the host's name cannot be resolved: {error}"),
            )
        })?
        .collect();

    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host's name has no address");
    for (index, address) in addresses.iter().enumerate() {
        let now = clock.now();
        let untried = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        let share = deadline.saturating_since(now) / untried;
        match clock
            .timeout_at(now + share, TcpStream::connect(address))
            .await
        {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = error,
            Err(Elapsed) => failure = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(unreachable(failure))
}

/// Small requests leave at once, and a peer that vanished is noticed by the operating system in the
/// end.
fn tune(stream: &TcpStream, keep_alive: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keep_alive = keep_alive.clamp(SHORTEST_KEEP_ALIVE, LONGEST_KEEP_ALIVE);
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new()
        .with_time(keep_alive)
        .with_interval((keep_alive / 3).max(SHORTEST_KEEP_ALIVE));
    socket.set_tcp_keepalive(&probes)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(keep_alive * 2))?;
    Ok(())
}

fn unreachable(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Unreachable,
        "connect",
        format!("the server cannot be reached: {error}"),
    )
    .caused_by(error)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn no_length_of_keep_alive_is_refused_by_the_system() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        for keep_alive in [
            Duration::from_nanos(1),
            Duration::from_millis(2_500),
            Duration::from_hours(24),
            Duration::MAX,
        ] {
            tune(&stream, keep_alive).unwrap();
        }
    }
}
