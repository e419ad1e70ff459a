//! A real relay on this machine: coturn, over UDP, TCP and TLS.

use crate::endpoint::PATIENCE;
use crate::place::{self, eventually};
use engine::{IceServers, TurnServer};
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tokio::net::TcpStream;
use xtask::desk::Folder;
use xtask::process::{self, Process};
use xtask::trouble::{Outcome, Trouble};

const USER: &str = "teacher";
const PASSWORD: &str = "chalk";

/// A running relay.
#[derive(Debug)]
pub struct Coturn {
    _process: Process,
    folder: Folder,
    port: u16,
    tls_port: u16,
}

impl Coturn {
    /// Starts a relay with a certificate of its own for `localhost`; `None` where coturn or openssl is not installed.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start() -> Outcome<Option<Self>> {
        if !process::on_path("turnserver") || !process::on_path("openssl") {
            return Ok(None);
        }
        let folder = Folder::new()?;
        let file = |name: &str| folder.path().join(name);
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(file("key.pem"))
            .arg("-out")
            .arg(file("certificate.pem"))
            .stderr(Stdio::null())
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return Err(Trouble::new("openssl made no certificate"));
        }
        let (port, tls_port) = (free_port()?, free_port()?);
        let log = place::artefact("logs/coturn.log")?;
        let output = std::fs::File::create(&log).map_err(|error| Trouble::file("write", &log, &error))?;
        let mut command = Command::new("turnserver");
        command
            .args(["-n", "--lt-cred-mech", "--realm=preau", "--log-file=stdout", "--verbose", "--no-cli"])
            // It refuses loopback peers without one.
            .args(["--cli-password=none", "--allow-loopback-peers", "--no-dtls", "--fingerprint"])
            .args(["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"])
            .arg(format!("--user={USER}:{PASSWORD}"))
            .arg(format!("--listening-port={port}"))
            .arg(format!("--tls-listening-port={tls_port}"))
            .arg(format!("--cert={}", file("certificate.pem").display()))
            .arg(format!("--pkey={}", file("key.pem").display()))
            .arg(format!("--pidfile={}", file("pid").display()))
            .arg(format!("--userdb={}", file("users").display()))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(output);
        let process = Process::start("turnserver", &mut command)?;
        for port in [port, tls_port] {
            eventually("the relay to listen", PATIENCE, async || TcpStream::connect(("127.0.0.1", port)).await.ok())
                .await?;
        }
        Ok(Some(Self { _process: process, folder, port, tls_port }))
    }

    /// Its certificate, for somebody who is to believe it.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// This relay and nothing else: `turn:` over UDP.
    #[must_use]
    pub fn over_udp(&self) -> IceServers {
        only(format!("turn:127.0.0.1:{}?transport=udp", self.port))
    }

    /// The same over TCP.
    #[must_use]
    pub fn over_tcp(&self) -> IceServers {
        only(format!("turn:127.0.0.1:{}?transport=tcp", self.port))
    }

    /// The same over TLS.
    #[must_use]
    pub fn over_tls(&self) -> IceServers {
        only(format!("turns:localhost:{}?transport=tcp", self.tls_port))
    }
}

/// A relay by its URL and no other way.
#[must_use]
pub fn only(url: String) -> IceServers {
    let turn = vec![TurnServer { url, username: USER.to_owned(), password: PASSWORD.to_owned() }];
    IceServers { stun: Vec::new(), turn, relay_only: true }
}

/// A port that is free for TCP and UDP at this moment.
fn free_port() -> Outcome<u16> {
    let failed = |error: std::io::Error| Trouble::new(format!("no free port: {error}"));
    for _ in 0..50 {
        let tcp = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let port = tcp.local_addr().map_err(failed)?.port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Trouble::new("no port is free for TCP and UDP"))
}
