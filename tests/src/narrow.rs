//! A narrow way up in user space: datagrams of several legs through one queue that drains at a fixed rate, as behind a
//! home's modem. What comes down passes at once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use xtask::trouble::{Outcome, Trouble};

/// Datagrams that may be under way to the queue. Overflow: the newest is dropped, as the queue itself does by bytes.
const WAITING: usize = 1024;

/// What came out of the narrow end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Which leg, in the order of [`Narrow::before`].
    pub leg: usize,
    /// When, by the line's own clock: a computer that is late for a moment does not count.
    pub at: Instant,
    /// How long after the one before it, lost or not, it was sent; zero for what is not media.
    pub after: Duration,
    /// UDP payload, bytes.
    pub bytes: usize,
    /// RTP, and not RTCP, STUN or DTLS (RFC 7983, RFC 5761).
    pub media: bool,
}

#[derive(Debug, Default)]
struct Books {
    queued: usize,
    passed: Vec<Passed>,
    dropped: usize,
}

struct Datagram {
    leg: usize,
    bytes: Vec<u8>,
    after: Duration,
    out: Arc<UdpSocket>,
}

/// The narrow way.
#[derive(Debug)]
pub struct Narrow {
    queue: mpsc::Sender<Datagram>,
    books: Arc<Mutex<Books>>,
    legs: usize,
    limit: usize,
}

/// What IP and UDP add to a datagram, bytes.
const OVERHEAD: usize = 28;

impl Narrow {
    /// A way of so many kbit/s, IP and UDP included, with a queue that holds this time's worth.
    #[must_use]
    pub fn new(kbps: u32, holds: Duration) -> Self {
        let (queue, mut queued) = mpsc::channel::<Datagram>(WAITING);
        let books: Arc<Mutex<Books>> = Arc::default();
        let theirs = Arc::clone(&books);
        tokio::spawn(async move {
            let mut free = Instant::now();
            while let Some(datagram) = queued.recv().await {
                let size = datagram.bytes.len() + OVERHEAD;
                let takes = Duration::from_secs_f64(size as f64 * 8.0 / (f64::from(kbps) * 1000.0));
                free = free.max(Instant::now()) + takes;
                tokio::time::sleep_until(free.into()).await;
                let _ = datagram.out.send(&datagram.bytes).await;
                let mut books = lock(&theirs);
                books.queued -= size;
                books.passed.push(Passed {
                    leg: datagram.leg,
                    at: free,
                    after: datagram.after,
                    bytes: datagram.bytes.len(),
                    media: is_media(&datagram.bytes),
                });
            }
        });
        let limit = (f64::from(kbps) * 125.0 * holds.as_secs_f64()) as usize;
        Self { queue, books, legs: 0, limit }
    }

    /// A port before `server`: what is sent there comes out at the server after the queue.
    ///
    /// # Errors
    /// No socket could be opened.
    pub async fn before(&mut self, server: SocketAddr) -> Outcome<SocketAddr> {
        let failed = |error: std::io::Error| Trouble::new(format!("no socket for a narrow way: {error}"));
        let near = Arc::new(UdpSocket::bind("127.0.0.1:0").await.map_err(failed)?);
        let far = Arc::new(UdpSocket::bind("127.0.0.1:0").await.map_err(failed)?);
        far.connect(server).await.map_err(failed)?;
        let address = near.local_addr().map_err(failed)?;
        let (queue, books, leg, limit) = (self.queue.clone(), Arc::clone(&self.books), self.legs, self.limit);
        self.legs += 1;
        tokio::spawn(async move {
            let (mut client, mut last) = (None, Instant::now());
            let (mut up, mut down) = (vec![0; 2048], vec![0; 2048]);
            loop {
                tokio::select! {
                    Ok((n, from)) = near.recv_from(&mut up) => {
                        client = Some(from);
                        let fits = {
                            let mut books = lock(&books);
                            let fits = books.queued + n + OVERHEAD <= limit;
                            if fits { books.queued += n + OVERHEAD } else { books.dropped += 1 }
                            fits
                        };
                        let mut after = Duration::ZERO;
                        if is_media(&up[..n]) {
                            after = last.elapsed();
                            last = Instant::now();
                        }
                        let datagram = Datagram { leg, bytes: up[..n].to_vec(), after, out: Arc::clone(&far) };
                        if fits && queue.try_send(datagram).is_err() {
                            return;
                        }
                    }
                    Ok(n) = far.recv(&mut down) => {
                        if let Some(client) = client {
                            let _ = near.send_to(&down[..n], client).await;
                        }
                    }
                    else => return,
                }
            }
        });
        Ok(address)
    }

    /// Everything that came out so far.
    #[must_use]
    pub fn passed(&self) -> Vec<Passed> {
        lock(&self.books).passed.clone()
    }

    /// How many datagrams the full queue threw away.
    #[must_use]
    pub fn dropped(&self) -> usize {
        lock(&self.books).dropped
    }
}

fn is_media(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, kind, ..] if !(192..=223).contains(kind))
}

fn lock(books: &Mutex<Books>) -> std::sync::MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The address in the only candidate of a description of the server.
///
/// # Errors
/// There is none.
pub fn candidate(sdp: &str) -> Outcome<SocketAddr> {
    let line = sdp.lines().find_map(|line| line.strip_prefix("a=candidate:"));
    let words: Vec<&str> = line.unwrap_or_default().split(' ').collect();
    let address = words.get(4).zip(words.get(5)).and_then(|(ip, port)| format!("{ip}:{port}").parse().ok());
    address.ok_or_else(|| Trouble::new("the description has no candidate"))
}

/// The description with another address in its candidate.
#[must_use]
pub fn at(sdp: &str, address: SocketAddr) -> String {
    let mut out = String::with_capacity(sdp.len());
    for line in sdp.lines() {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if line.starts_with("a=candidate:") && words.len() > 5 {
            words[4] = address.ip().to_string();
            words[5] = address.port().to_string();
        }
        out.push_str(&words.join(" "));
        out.push_str("\r\n");
    }
    out
}
