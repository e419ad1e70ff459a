//! The one UDP port of the media server and the task that owns everything behind it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::dtls::Identity;
use super::router::{Order, Router};
use crate::mix::Mixing;

/// Orders that may wait. Signalling waits when it is full, media is dropped.
const ORDERS: usize = 1024;
/// Datagrams taken in one go before orders and time get their turn.
const BURST: usize = 64;

/// The running media path.
pub(crate) struct Wire {
    pub(crate) port: u16,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) identity: Arc<Identity>,
}

/// Binds a loopback port and starts the task; it ends when all order senders are gone.
pub(crate) async fn start(identity: Arc<Identity>, mixer: Mixing) -> std::io::Result<(Wire, JoinHandle<()>)> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = socket.local_addr()?.port();
    let (orders, inbox) = mpsc::channel(ORDERS);
    let router = Router::new(identity.clone(), mixer, Instant::now());
    let task = tokio::spawn(run(socket, router, inbox));
    Ok((Wire { port, orders, identity }, task))
}

async fn run(socket: UdpSocket, mut router: Router, mut inbox: mpsc::Receiver<Order>) {
    let mut buffer = vec![0; 2048];
    let mut ticks = interval(Duration::from_millis(20));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            order = inbox.recv() => match order {
                None => return,
                Some(order) => router.order(Instant::now(), order),
            },
            // An error here is an ICMP echo of a client that went away.
            readable = socket.readable() => if readable.is_ok() {
                let now = Instant::now();
                for _ in 0..BURST {
                    match socket.try_recv_from(&mut buffer) {
                        Ok((length, from)) => router.datagram(now, from, &buffer[..length]),
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                        Err(_) => {}
                    }
                }
            },
            _ = ticks.tick() => router.tick(Instant::now()),
        }
        for (to, datagram) in router.out.drain(..) {
            // A full send buffer drops the datagram, as a network would.
            let _ = socket.try_send_to(&datagram, to);
        }
    }
}
