//! Whose request it is.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::header::HeaderName;
use http::request::Parts;

use crate::error::{Error, ErrorKind, Result};
use crate::key::CacheKey;

/// Whom a request counts for. Any function of the request's head is one; so are [`PeerIp`],
/// [`ForwardedIp`] and [`HeaderKey`].
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use http::request::Parts;
/// use larder::{Larder, RateLimitLayer, RequestKey};
///
/// let limiter = Larder::memory().limiter("api").limits("10/s")?;
/// // A function: each route of each user by itself.
/// let user = |head: &Parts| head.headers.get("x-user").map(|name| name.as_bytes().to_vec());
/// let layer = RateLimitLayer::new(limiter.clone(), move |head: &Parts| (user(head), head.uri.path().to_owned()));
///
/// // A type, which may say that it cannot tell.
/// #[derive(Clone)]
/// struct ByHost;
///
/// impl RequestKey for ByHost {
///     type Key = Option<String>;
///
///     fn key(&self, head: &Parts) -> larder::Result<Self::Key> {
///         Ok(head.uri.host().map(str::to_owned))
///     }
/// }
/// let layer = RateLimitLayer::new(limiter, ByHost);
/// # Ok(())
/// # }
/// ```
pub trait RequestKey {
    /// What tells one client from another.
    type Key: CacheKey + Send + Sync;

    /// The key of this request.
    ///
    /// # Errors
    /// If it cannot be told, because the service is put together wrongly: the request is answered
    /// with status 500.
    fn key(&self, head: &Parts) -> Result<Self::Key>;
}

impl<F, K> RequestKey for F
where
    F: Fn(&Parts) -> K,
    K: CacheKey + Send + Sync,
{
    type Key = K;

    fn key(&self, head: &Parts) -> Result<K> {
        Ok(self(head))
    }
}

/// The address at the other end of the connection. Of an IPv6 address the first 64 bits count,
/// since one client has all addresses that begin so.
///
/// The server must say who is connected: with axum by
/// `into_make_service_with_connect_info::<SocketAddr>()`, elsewhere by a `SocketAddr` among the
/// request's extensions. Where it does not, requests are answered with status 500. Behind a proxy
/// every request comes from the proxy: use [`ForwardedIp`] there.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::{Larder, PeerIp, RateLimitLayer};
///
/// let limiter = Larder::memory().limiter("visitors").limits("100/m")?;
/// let layer = RateLimitLayer::new(limiter, PeerIp);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerIp;

impl RequestKey for PeerIp {
    type Key = IpAddr;

    fn key(&self, head: &Parts) -> Result<IpAddr> {
        peer(head).map(network).ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                "rate limit",
                "nobody says who is connected: serve by `into_make_service_with_connect_info::<SocketAddr>()`, or put a `SocketAddr` among the request's extensions",
            )
        })
    }
}

/// The address that the outermost of your own proxies has seen, from `X-Forwarded-For`. As with
/// [`PeerIp`], of IPv6 the first 64 bits count.
///
/// Every proxy adds to the end of that header whom it has got the request from, and a client may
/// write into it before the first. So it is counted from the end: with one proxy the last address
/// is the client's. Where there are fewer, or what stands there is no address, the peer itself is
/// meant.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::{ForwardedIp, Larder, RateLimitLayer};
///
/// let limiter = Larder::memory().limiter("visitors").limits("100/m")?;
/// let layer = RateLimitLayer::new(limiter, ForwardedIp::behind(1));     // one load balancer
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardedIp {
    proxies: usize,
}

impl ForwardedIp {
    /// Behind so many proxies of your own. Too many let clients choose their address.
    #[must_use]
    pub const fn behind(proxies: usize) -> Self {
        Self { proxies }
    }
}

impl RequestKey for ForwardedIp {
    type Key = IpAddr;

    fn key(&self, head: &Parts) -> Result<IpAddr> {
        // Line by line and byte by byte: a client that writes what is no text must not take the
        // addresses away that stand behind it.
        let lines = head.headers.get_all("x-forwarded-for").iter();
        let hops = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
        let hops: Vec<&[u8]> = hops.collect();
        let client = hops.len().checked_sub(self.proxies);
        let client = client.and_then(|place| hops.get(place)).copied();
        let client = client.and_then(|hop| std::str::from_utf8(hop).ok());
        let client = client.map(str::trim);
        match client.and_then(address) {
            Some(address) => Ok(network(address)),
            None => PeerIp.key(head),
        }
    }
}

/// What a header says, such as an API key. All requests without it count for one.
///
/// Long or secret values do not stand in the server's keys as they are written if you hash them:
/// use a function for that.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use http::HeaderName;
/// use larder::{HeaderKey, Larder, RateLimitLayer};
///
/// let limiter = Larder::memory().limiter("api").limits("10/s, 1000/h")?;
/// let layer = RateLimitLayer::new(limiter, HeaderKey(HeaderName::from_static("x-api-key")));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderKey(pub HeaderName);

impl RequestKey for HeaderKey {
    type Key = Option<Vec<u8>>;

    fn key(&self, head: &Parts) -> Result<Self::Key> {
        let value = head.headers.get(&self.0);
        Ok(value.map(|value| value.as_bytes().to_vec()))
    }
}

/// Who is connected, if anybody says so.
fn peer(head: &Parts) -> Option<IpAddr> {
    #[cfg(feature = "axum")]
    if let Some(::axum::extract::ConnectInfo(address)) = head.extensions.get() {
        let address: &SocketAddr = address;
        return Some(address.ip());
    }
    head.extensions.get().map(SocketAddr::ip)
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    bare.parse().ok().or_else(with_port)
}

/// The part of an address that one client has for itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            const NETWORK: u128 = u128::MAX << 64;
            Ipv6Addr::from_bits(address.to_bits() & NETWORK).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn head(forwarded: &[&[u8]]) -> Parts {
        let (mut head, ()) = http::Request::new(()).into_parts();
        for line in forwarded {
            let line = HeaderValue::from_bytes(line).unwrap();
            head.headers.append("x-forwarded-for", line);
        }
        head.extensions
            .insert("192.0.2.1:5000".parse::<SocketAddr>().unwrap());
        head
    }

    fn client(proxies: usize, forwarded: &[&str]) -> String {
        let lines: Vec<&[u8]> = forwarded.iter().map(|line| line.as_bytes()).collect();
        client_of(proxies, &lines)
    }

    fn client_of(proxies: usize, forwarded: &[&[u8]]) -> String {
        let key = ForwardedIp::behind(proxies).key(&head(forwarded));
        key.unwrap().to_string()
    }

    #[test]
    fn a_client_cannot_write_itself_another_address() {
        assert_eq!(client(1, &["203.0.113.9, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client(1, &["203.0.113.9", "198.51.100.7:80"]),
            "198.51.100.7"
        );
        assert_eq!(
            client(2, &["6.6.6.6, 198.51.100.7, 10.0.0.1"]),
            "198.51.100.7"
        );
        assert_eq!(client(2, &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client(1, &["unknown"]), "192.0.2.1");
        assert_eq!(client(0, &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client(1, &[]), "192.0.2.1");
    }

    #[test]
    fn what_is_no_text_hides_no_address_behind_it() {
        assert_eq!(client_of(1, &[b"\xff, 198.51.100.7"]), "198.51.100.7");
        let lines: &[&[u8]] = &[b"9.9.9.9", b"\xff, 198.51.100.7", b"10.0.0.1"];
        assert_eq!(client_of(2, lines), "198.51.100.7");
        assert_eq!(client_of(1, &[b"198.51.100.7, \xff"]), "192.0.2.1");
    }

    #[test]
    fn of_ipv6_the_network_counts_and_ipv4_within_it_is_ipv4() {
        assert_eq!(client(1, &["2001:db8:1:2:3:4:5:6"]), "2001:db8:1:2::");
        assert_eq!(client(1, &["[2001:db8:1:2::9]:443"]), "2001:db8:1:2::");
        assert_eq!(client(1, &["::ffff:198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn without_anybody_connected_the_cure_is_named() {
        let (head, ()) = http::Request::new(()).into_parts();
        let error = PeerIp.key(&head).unwrap_err();
        assert!(
            error
                .message()
                .contains("into_make_service_with_connect_info")
        );
    }
}
