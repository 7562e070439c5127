//! A network that can fail: a proxy between a client and a server.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use larder_runtime::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::likely_free_port;

/// A proxy in front of one address. Dropping it closes every connection through it.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    target: Target,
    network: watch::Sender<Network>,
    counts: Arc<Counts>,
    accepting: AbortHandle,
}

/// Where new connections lead.
#[derive(Debug, Clone)]
struct Target(Arc<Mutex<String>>);

/// What the network does.
#[derive(Debug, Clone, Copy)]
struct Network {
    traffic: Traffic,
    /// How often every connection was closed.
    closures: u32,
    /// How much later than sent an answer arrives.
    delay: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Traffic {
    Forward,
    Stall,
    Cut,
}

#[derive(Debug, Default)]
struct Counts {
    accepted: AtomicUsize,
    open: AtomicUsize,
}

impl Proxy {
    /// Forwards from a free port to `target` (host and port).
    pub(crate) async fn start(target: impl Into<String>) -> Self {
        let (listener, address) = listen().await;
        let (network, watched) = watch::channel(Network {
            traffic: Traffic::Forward,
            closures: 0,
            delay: Duration::ZERO,
        });
        let counts = Arc::new(Counts::default());
        let target = Target(Arc::new(Mutex::new(target.into())));
        let accepting = tokio::spawn(accept(listener, target.clone(), watched, counts.clone()));
        Self {
            address,
            target,
            network,
            counts,
            accepting: accepting.abort_handle(),
        }
    }

    /// Host and port that clients connect to.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a server without credentials behind the proxy.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Forwards, as at the start. What was held back by [`stall`](Self::stall) arrives now.
    pub(crate) fn forward(&self) {
        self.network
            .send_modify(|network| network.traffic = Traffic::Forward);
    }

    /// Takes connections and keeps them open, and forwards nothing: a black hole.
    pub(crate) fn stall(&self) {
        self.network
            .send_modify(|network| network.traffic = Traffic::Stall);
    }

    /// Closes every connection and takes no new one.
    pub(crate) fn cut(&self) {
        self.network
            .send_modify(|network| network.traffic = Traffic::Cut);
    }

    /// Closes every connection that is open; new ones are taken.
    pub(crate) fn drop_connections(&self) {
        self.network.send_modify(|network| network.closures += 1);
    }

    /// Lets new connections lead to another server (host and port); those that are open stay.
    pub(crate) fn lead_to(&self, target: impl Into<String>) {
        *self.target.0.lock().unwrap_or_else(PoisonError::into_inner) = target.into();
    }

    /// Lets answers arrive this much later than they were sent; they still arrive in order.
    pub(crate) fn delay(&self, delay: Duration) {
        self.network.send_modify(|network| network.delay = delay);
    }

    /// How many connections were ever taken.
    pub(crate) fn connections(&self) -> usize {
        self.counts.accepted.load(Ordering::SeqCst)
    }

    /// How many are open now.
    pub(crate) fn open_connections(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections' tasks belong to this one and end with it.
        self.accepting.abort();
    }
}

impl Target {
    fn current(&self) -> String {
        let target = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        target.clone()
    }
}

/// A listener on a port that nobody else is given while the proxy is cut.
async fn listen() -> (TcpListener, SocketAddr) {
    loop {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", likely_free_port())).await {
            let address = listener.local_addr().expect("a bound listener");
            return (listener, address);
        }
    }
}

async fn accept(
    listener: TcpListener,
    target: Target,
    mut network: watch::Receiver<Network>,
    counts: Arc<Counts>,
) {
    let address = listener.local_addr().expect("a bound listener");
    let mut listening = Some(listener);
    let mut connections = JoinSet::new();
    let mut closed = 0;
    loop {
        let Network {
            traffic, closures, ..
        } = *network.borrow_and_update();
        if closures != closed {
            closed = closures;
            connections.shutdown().await;
        }
        match (traffic, &listening) {
            (Traffic::Cut, _) => {
                // Without a listener the system itself refuses: what a client sees when no server
                // is there.
                listening = None;
                connections.shutdown().await;
                if network.changed().await.is_err() {
                    return;
                }
            }
            (_, None) => listening = Some(TcpListener::bind(address).await.expect("our own port")),
            (_, Some(listener)) => tokio::select! {
                changed = network.changed() => if changed.is_err() { return },
                Some(_) = connections.join_next() => {}
                Ok((client, _)) = listener.accept() => {
                    counts.accepted.fetch_add(1, Ordering::SeqCst);
                    let open = Open::count(counts.clone());
                    connections.spawn(connect(client, target.current(), network.clone(), open));
                }
            },
        }
    }
}

/// One client's connection, until either side ends it.
async fn connect(
    client: TcpStream,
    target: String,
    mut network: watch::Receiver<Network>,
    _open: Open,
) {
    // In a black hole a connection is made and nothing more.
    if flowing(&mut network).await.is_err() {
        return;
    }
    let Ok(server) = TcpStream::connect(&target).await else {
        return;
    };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = questions(from_client, to_server, network.clone()) => {}
        () = answers(from_server, to_client, network) => {}
    }
}

/// Ready when the network forwards.
async fn flowing(network: &mut watch::Receiver<Network>) -> Result<(), watch::error::RecvError> {
    network
        .wait_for(|network| network.traffic == Traffic::Forward)
        .await
        .map(drop)
}

/// From the client to the server, at once.
async fn questions(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut network: watch::Receiver<Network>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if flowing(&mut network).await.is_err() || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// From the server to the client, each piece late by the delay that held when it was sent.
async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    network: watch::Receiver<Network>,
) {
    let clock = Clock::system();
    let (sent, mut under_way) = mpsc::unbounded_channel();
    let read = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let due = clock.now() + network.borrow().delay;
            if sent.send((due, buffer[..length].to_vec())).is_err() {
                return;
            }
        }
    };
    let mut flow = network.clone();
    let write = async {
        while let Some((due, piece)) = under_way.recv().await {
            clock.sleep_until(due).await;
            if flowing(&mut flow).await.is_err() || to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = read => {}
        () = write => {}
    }
}

/// Counts a connection while it is open.
struct Open(Arc<Counts>);

impl Open {
    fn count(counts: Arc<Counts>) -> Self {
        counts.open.fetch_add(1, Ordering::SeqCst);
        Self(counts)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
