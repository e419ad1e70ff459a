//! Relays (TURN, RFC 8656) over TCP and TLS: the way out of schools that let nothing but TCP 443 through.
//!
//! The stack speaks TURN over UDP only. For each other relay a port on the loopback takes its datagrams and carries them
//! over a stream; the stack is told that the relay is there. One stream for each socket of the stack, since the relay knows
//! its clients by their addresses. Nothing here tries again.

use super::frames;
use crate::api::{IceServers, RelayFault, TurnServer};
use bytes::{Bytes, BytesMut};
use rtc::ice::url::{ProtoType, SchemeType, Url};
use rtc::peer_connection::transport::RTCIceServer;
use rustls_platform_verifier::BuilderVerifierExt;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig};

/// How long connecting and the handshake may take together.
const PATIENCE: Duration = Duration::from_secs(10);
/// Streams to one relay; a leg needs one or two. Overflow: datagrams of further sockets are ignored.
const STREAMS: usize = 4;
/// Datagrams that may wait for a stream. Overflow: the newest is dropped, as by any full line.
const WAITING: usize = 64;
/// Faults that may wait for the leg: one for each relay.
const FAULTS: usize = 16;

/// A fault of the relay of this number.
pub(super) type Fault = (usize, RelayFault);

/// The relays of one leg. Their streams end when this is dropped.
pub(super) struct Relays {
    /// As the stack is told.
    pub(super) servers: Vec<RTCIceServer>,
    /// How many of them are reached by a stream, and hence told of by `faults`.
    pub(super) streamed: usize,
    pub(super) faults: mpsc::Receiver<Fault>,
    _tasks: JoinSet<()>,
}

impl Relays {
    /// Opens the ports; nothing is connected before the stack asks for it. Must run on the network thread.
    pub(super) async fn open(ice: &IceServers) -> Self {
        let (fault, faults) = mpsc::channel(FAULTS);
        let (mut servers, mut tasks) = (Vec::new(), JoinSet::new());
        for server in &ice.turn {
            let url = match Way::of(&server.url) {
                Some(Way::Datagrams) => server.url.clone(),
                Some(Way::Stream(target)) => match port().await {
                    Ok((near, address)) => {
                        tasks.spawn(serve(Arc::new(near), Arc::new(target), tasks.len(), fault.clone()));
                        format!("turn:{address}?transport=udp")
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no port for a relay");
                        continue;
                    }
                },
                None => {
                    tracing::warn!("relay of an unknown kind");
                    continue;
                }
            };
            servers.push(entry(server, url));
        }
        Self { servers, streamed: tasks.len(), faults, _tasks: tasks }
    }
}

fn entry(server: &TurnServer, url: String) -> RTCIceServer {
    RTCIceServer { urls: vec![url], username: server.username.clone(), credential: server.password.clone() }
}

async fn port() -> std::io::Result<(UdpSocket, SocketAddr)> {
    let near = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = near.local_addr()?;
    Ok((near, address))
}

/// How a relay is reached.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// UDP: the stack does it itself.
    Datagrams,
    Stream(Target),
}

#[derive(Debug, PartialEq, Eq)]
struct Target {
    host: String,
    port: u16,
    tls: bool,
}

impl Way {
    /// Reads a URL (RFC 7065). `None` for what is no relay, and for TURN over DTLS, which nobody asks for.
    fn of(url: &str) -> Option<Self> {
        let url = Url::parse_url(url).ok()?;
        let tls = url.scheme == SchemeType::Turns;
        match (url.scheme, url.proto) {
            (SchemeType::Turn, ProtoType::Udp) => Some(Self::Datagrams),
            (SchemeType::Turn | SchemeType::Turns, ProtoType::Tcp) => {
                let host = url.host.trim_matches(['[', ']']).to_owned();
                Some(Self::Stream(Target { host, port: url.port, tls }))
            }
            _ => None,
        }
    }
}

/// Takes the stack's datagrams and opens a stream for each of its sockets. Never ends by itself.
async fn serve(near: Arc<UdpSocket>, target: Arc<Target>, number: usize, faults: mpsc::Sender<Fault>) {
    let mut streams: HashMap<SocketAddr, mpsc::Sender<Bytes>> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut datagram = vec![0; 65_536];
    loop {
        // An error is an answer to an earlier datagram, from a socket that is closed.
        let Ok((n, from)) = near.recv_from(&mut datagram).await else { continue };
        // The stack asks from each of its sockets; the one on the loopback is for us, the others would be clients too many.
        if !from.ip().is_loopback() || (streams.len() >= STREAMS && !streams.contains_key(&from)) {
            continue;
        }
        let stream = streams.entry(from).or_insert_with(|| {
            let (send, given) = mpsc::channel(WAITING);
            let (near, target, faults) = (Arc::clone(&near), Arc::clone(&target), faults.clone());
            tasks.spawn(async move {
                let fault = carry(&near, from, &target, given).await;
                tracing::info!(?fault, tls = target.tls, "relay cannot be used");
                // Full only if it was told often enough.
                let _ = faults.try_send((number, fault));
            });
            send
        });
        let _ = stream.try_send(Bytes::copy_from_slice(&datagram[..n]));
    }
}

/// One stream from its beginning to its end, which is always a fault.
async fn carry(near: &UdpSocket, client: SocketAddr, target: &Target, mut given: mpsc::Receiver<Bytes>) -> RelayFault {
    let connecting = async {
        let stream = TcpStream::connect((target.host.as_str(), target.port)).await;
        let stream = stream.map_err(|_| RelayFault::Unreachable)?;
        // Sound does not wait for more of it.
        let _ = stream.set_nodelay(true);
        if target.tls { secured(stream, &target.host).await.map(Either::Tls) } else { Ok(Either::Tcp(stream)) }
    };
    let stream = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(fault)) => return fault,
        Err(_) => return RelayFault::Unreachable,
    };
    tracing::debug!(tls = target.tls, "relay reached");
    match stream {
        Either::Tcp(stream) => {
            let (read, write) = stream.into_split();
            pump(near, client, read, write, &mut given).await
        }
        Either::Tls(stream) => {
            let (read, write) = tokio::io::split(*stream);
            pump(near, client, read, write, &mut given).await
        }
    }
}

enum Either {
    Tcp(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

async fn secured(stream: TcpStream, host: &str) -> Result<Box<tokio_rustls::client::TlsStream<TcpStream>>, RelayFault> {
    // Reads the system's certificates the first time.
    let config = tokio::task::spawn_blocking(trust).await.ok().flatten().ok_or(RelayFault::Certificate)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| RelayFault::Certificate)?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            let certificate = matches!(inner, Some(rustls::Error::InvalidCertificate(_)));
            tracing::warn!(%error, "handshake with a relay failed");
            Err(if certificate { RelayFault::Certificate } else { RelayFault::Broken })
        }
    }
}

/// Who is believed: whom the system believes.
fn trust() -> Option<Arc<ClientConfig>> {
    static TRUST: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(known) = TRUST.get() {
        return Some(Arc::clone(known));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map(|builder| Arc::new(builder.with_no_client_auth()));
    match config {
        Ok(config) => Some(Arc::clone(TRUST.get_or_init(|| config))),
        Err(error) => {
            tracing::error!(%error, "certificates of the system cannot be used");
            None
        }
    }
}

/// Carries both ways until one of them ends.
async fn pump(
    near: &UdpSocket,
    client: SocketAddr,
    mut read: impl AsyncRead + Unpin,
    mut write: impl AsyncWrite + Unpin,
    given: &mut mpsc::Receiver<Bytes>,
) -> RelayFault {
    let up = async {
        while let Some(datagram) = given.recv().await {
            // What is no TURN message is nothing for a relay.
            let Ok(padding) = frames::padding(&datagram) else { continue };
            let mut message = datagram.to_vec();
            message.resize(datagram.len() + padding, 0);
            if write.write_all(&message).await.is_err() || write.flush().await.is_err() {
                return;
            }
        }
    };
    let down = async {
        let mut bytes = BytesMut::with_capacity(4096);
        while read.read_buf(&mut bytes).await.is_ok_and(|n| n > 0) {
            loop {
                match frames::next(&mut bytes) {
                    Ok(Some(message)) => drop(near.send_to(&message, client).await),
                    Ok(None) => break,
                    Err(frames::Nonsense) => return,
                }
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
    RelayFault::Broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relays_are_told_apart_by_how_they_are_reached() {
        let stream = |host: &str, port, tls| Some(Way::Stream(Target { host: host.into(), port, tls }));
        for (url, way) in [
            ("turn:a.example", Some(Way::Datagrams)),
            ("turn:a.example:3478?transport=udp", Some(Way::Datagrams)),
            ("turn:a.example:443?transport=tcp", stream("a.example", 443, false)),
            ("turn:a.example?transport=tcp", stream("a.example", 3478, false)),
            ("turns:a.example:443?transport=tcp", stream("a.example", 443, true)),
            ("turns:a.example", stream("a.example", 5349, true)),
            ("turns:[2001:db8::1]:443?transport=tcp", stream("2001:db8::1", 443, true)),
            ("turns:a.example?transport=udp", None),
            ("stun:a.example", None),
            ("https://a.example", None),
            ("", None),
        ] {
            assert_eq!(Way::of(url), way, "{url}");
        }
    }

    #[tokio::test]
    async fn only_relays_over_a_stream_get_a_port_of_ours() {
        let turn = |url: &str| TurnServer { url: url.into(), username: "u".into(), password: "p".into() };
        let turn = ["turn:a:3478", "turns:a:443?transport=tcp", "nonsense", "turn:a:443?transport=tcp"].map(turn);
        let relays = Relays::open(&IceServers { turn: turn.into(), ..IceServers::default() }).await;
        assert_eq!((relays.servers.len(), relays.streamed), (3, 2));
        assert_eq!(relays.servers[0].urls, ["turn:a:3478"]);
        for server in &relays.servers[1..] {
            assert!(server.urls[0].starts_with("turn:127.0.0.1:"), "{}", server.urls[0]);
        }
    }

    #[tokio::test]
    async fn a_relay_that_is_not_there_or_no_relay_is_a_fault() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let turn = |scheme: &str, transport: &str| {
            let url = format!("{scheme}:{address}{transport}");
            IceServers {
                turn: vec![TurnServer { url, username: "u".into(), password: "p".into() }],
                ..IceServers::default()
            }
        };
        let ask = async |ice: IceServers| {
            let mut relays = Relays::open(&ice).await;
            let near: SocketAddr = relays.servers[0].urls[0][5..].split('?').next().unwrap().parse().unwrap();
            let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            client
                .send_to(&[0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], near)
                .await
                .unwrap();
            relays.faults.recv().await
        };
        let web = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"\xffHTTP/1.1 400 Bad Request\r\n").await.unwrap();
            stream
        };
        let (fault, _web) = tokio::join!(ask(turn("turn", "?transport=tcp")), web);
        assert_eq!(fault, Some((0, RelayFault::Broken)));
        let web = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            stream
        };
        let (fault, _web) = tokio::join!(ask(turn("turns", "?transport=tcp")), web);
        assert_eq!(fault, Some((0, RelayFault::Broken)), "no handshake");
        drop(listener);
        assert_eq!(ask(turn("turn", "?transport=tcp")).await, Some((0, RelayFault::Unreachable)));
    }
}
