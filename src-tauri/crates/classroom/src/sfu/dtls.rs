//! The DTLS half of a transport, and the SRTP keys it gives (protocol/media.md §6.7).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use rtc::crypto::RTCCryptoProvider;
use rtc::dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc::dtls::crypto::Certificate;
use rtc::dtls::endpoint::{Endpoint, EndpointEvent};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::shared::TransportProtocol;
use rtc::shared::error::Error;
use rtc::srtp::config::{Config, LABEL_EXTRACTOR_DTLS_SRTP};
use rtc::srtp::context::Context;
use rtc::srtp::option::{srtcp_replay_protection, srtp_no_replay_protection};
use rtc::srtp::protection_profile::ProtectionProfile;
use sha1::Digest;

use super::sdp::Fingerprint;
use crate::config::FingerprintHash;

/// The endpoint keys associations by address; ours has one, whatever address the client is at.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// The one self-signed certificate of this server, and the library's cryptography.
pub(crate) struct Identity {
    pub(crate) crypto: Arc<dyn RTCCryptoProvider>,
    server: Arc<HandshakeConfig>,
    client: Arc<HandshakeConfig>,
    pub(crate) fingerprint: Fingerprint,
}

impl Identity {
    pub(crate) fn new(hash: FingerprintHash) -> Result<Self, Error> {
        let crypto = rtc::crypto::default_provider().map_err(|error| Error::Crypto(error.to_string()))?;
        let certificate = Certificate::generate_self_signed(vec!["practice".to_owned()], crypto.crypto())?;
        let der = certificate.certificate.first().map(|der| der.to_vec()).unwrap_or_default();
        let build = |client: bool| -> Result<Arc<HandshakeConfig>, Error> {
            let config = ConfigBuilder::default()
                .with_crypto_provider(crypto.clone())
                .with_certificates(vec![certificate.clone()])
                .with_srtp_protection_profiles(vec![
                    SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
                    SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
                    SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
                    SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32,
                ])
                .with_client_auth(ClientAuthType::RequireAnyClientCert)
                .with_insecure_skip_verify(true)
                .with_extended_master_secret(ExtendedMasterSecretType::Require)
                .build(client, None)?;
            Ok(Arc::new(config))
        };
        let (server, client) = (build(false)?, build(true)?);
        let fingerprint = Fingerprint { algorithm: name(hash).to_owned(), hex: digest(name(hash), &der) };
        Ok(Self { crypto, server, client, fingerprint })
    }
}

fn name(hash: FingerprintHash) -> &'static str {
    match hash {
        FingerprintHash::Sha1 => "sha-1",
        FingerprintHash::Sha224 => "sha-224",
        FingerprintHash::Sha256 => "sha-256",
        FingerprintHash::Sha384 => "sha-384",
        FingerprintHash::Sha512 => "sha-512",
    }
}

/// The fingerprint of a certificate in a hash, as SDP writes it; empty for an unknown hash.
fn digest(algorithm: &str, der: &[u8]) -> String {
    let bytes: Vec<u8> = match algorithm {
        "sha-1" => sha1::Sha1::digest(der).to_vec(),
        "sha-224" => sha2::Sha224::digest(der).to_vec(),
        "sha-256" => sha2::Sha256::digest(der).to_vec(),
        "sha-384" => sha2::Sha384::digest(der).to_vec(),
        "sha-512" => sha2::Sha512::digest(der).to_vec(),
        _ => Vec::new(),
    };
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Keys of both directions.
pub(crate) struct Keys {
    pub(crate) send: Context,
    pub(crate) receive: Context,
}

/// One association.
pub(crate) struct Dtls {
    endpoint: Endpoint,
    pub(crate) client: bool,
    pub(crate) connected: bool,
}

impl Dtls {
    /// Waits for the client's hello.
    pub(crate) fn server(identity: &Identity) -> Self {
        let endpoint = Endpoint::new(PEER, TransportProtocol::UDP, Some(identity.server.clone()));
        Self { endpoint, client: false, connected: false }
    }

    /// Says hello.
    pub(crate) fn client(identity: &Identity, now: Instant) -> Result<Self, Error> {
        let mut endpoint = Endpoint::new(PEER, TransportProtocol::UDP, None);
        endpoint.connect(now, PEER, identity.client.clone(), None)?;
        Ok(Self { endpoint, client: true, connected: false })
    }

    /// Takes a datagram. A broken one changes nothing.
    pub(crate) fn read(&mut self, now: Instant, datagram: &[u8]) {
        let Ok(events) = self.endpoint.read(now, PEER, None, BytesMut::from(datagram)) else { return };
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => self.connected = true,
                EndpointEvent::PeerClosed => self.connected = false,
                _ => {}
            }
        }
    }

    /// Resends what was lost.
    pub(crate) fn tick(&mut self, now: Instant) {
        if !self.connected {
            let _ = self.endpoint.handle_timeout(PEER, now);
        }
    }

    pub(crate) fn outgoing(&mut self) -> Option<BytesMut> {
        self.endpoint.poll_transmit().map(|transmit| transmit.message)
    }

    /// The keys, once connected to the holder of the announced certificate.
    pub(crate) fn keys(&self, identity: &Identity, announced: &Fingerprint) -> Result<Keys, Error> {
        let state = self.endpoint.get_connection_state(PEER).ok_or(Error::HandshakeInProgress)?;
        let certificate = state.peer_certificates.first().ok_or(Error::ErrNonCertificate)?;
        if digest(&announced.algorithm, certificate) != announced.hex {
            return Err(Error::ErrNoMatchingCertificateFingerprint);
        }
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm => ProtectionProfile::AeadAes256Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
            _ => return Err(Error::ErrNoSuchSrtpProfile),
        };
        let mut config = Config { profile, ..Config::default() };
        let material = state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], config.keying_material_len())?;
        config.set_session_keys_from_keying_material(material.as_ref(), state.is_client())?;
        let crypto = identity.crypto.crypto();
        let keys = &config.keys;
        Ok(Keys {
            send: Context::new(&keys.local_master_key, &keys.local_master_salt, profile, None, None, crypto)?,
            // Resent packets come late by design; the source's own books refuse what came twice.
            receive: Context::new(
                &keys.remote_master_key,
                &keys.remote_master_salt,
                profile,
                Some(srtp_no_replay_protection()),
                Some(srtcp_replay_protection(64)),
                crypto,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_has_its_length() {
        for (algorithm, bytes) in [("sha-1", 20), ("sha-224", 28), ("sha-256", 32), ("sha-384", 48), ("sha-512", 64)] {
            assert_eq!(digest(algorithm, b"x").len(), bytes * 3 - 1, "{algorithm}");
        }
        assert_eq!(digest("md5", b"x"), "");
    }
}
