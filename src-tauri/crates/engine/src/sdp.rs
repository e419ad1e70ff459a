//! Session descriptions as text: what must be known of the server's, and what must be mended in it before the WebRTC
//! stack may see it (`media.md` §6).

use crate::api::LegError;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use std::net::IpAddr;

/// Hash functions a fingerprint may use (RFC 8122), weakest first. The server announces any one of them (§6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn named(name: &str) -> Option<Self> {
        [
            ("sha-1", Self::Sha1),
            ("sha-224", Self::Sha224),
            ("sha-256", Self::Sha256),
            ("sha-384", Self::Sha384),
            ("sha-512", Self::Sha512),
        ]
        .into_iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known))
        .map(|(_, hash)| hash)
    }

    fn of(self, der: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(der).to_vec(),
            Self::Sha224 => Sha224::digest(der).to_vec(),
            Self::Sha256 => Sha256::digest(der).to_vec(),
            Self::Sha384 => Sha384::digest(der).to_vec(),
            Self::Sha512 => Sha512::digest(der).to_vec(),
        }
    }
}

/// What the other side's certificate must hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    hash: Hash,
    value: Vec<u8>,
}

impl Fingerprint {
    fn parse(text: &str) -> Option<Self> {
        let (name, hex) = text.trim().split_once(' ')?;
        let value = hex.trim().split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect::<Option<Vec<u8>>>()?;
        let hash = Hash::named(name)?;
        (value.len() == hash.of(&[]).len()).then_some(Self { hash, value })
    }

    /// Is this the announced certificate (DER)?
    pub(crate) fn matches(&self, der: &[u8]) -> bool {
        self.hash.of(der) == self.value
    }
}

/// What a media section carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Audio,
    Video,
}

/// Which way media flows, seen from the side that wrote the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// One media section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) kind: Kind,
    pub(crate) direction: Direction,
    /// Payload type of Opus or VP8.
    pub(crate) payload_type: Option<u8>,
}

/// What is worth knowing of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) sections: Vec<Section>,
    /// Addresses of the UDP candidates.
    pub(crate) addresses: Vec<IpAddr>,
}

impl Description {
    /// Payload type of the first section of this kind that has a codec we speak.
    pub(crate) fn payload_type(&self, kind: Kind) -> Option<u8> {
        self.sections.iter().filter(|section| section.kind == kind).find_map(|section| section.payload_type)
    }
}

/// Reads a description.
///
/// # Errors
/// [`LegError::Sdp`] if there is no section, or no fingerprint that we can check. Of several the strongest counts.
pub(crate) fn read(sdp: &str) -> Result<Description, LegError> {
    let mut fingerprint: Option<Fingerprint> = None;
    let mut sections: Vec<Section> = Vec::new();
    let mut addresses = Vec::new();
    for line in lines(sdp) {
        if let Some(media) = line.strip_prefix("m=") {
            let kind = match media.split(' ').next() {
                Some("audio") => Kind::Audio,
                Some("video") => Kind::Video,
                _ => return Err(LegError::Sdp),
            };
            sections.push(Section { kind, direction: Direction::SendRecv, payload_type: None });
        } else if let Some(text) = line.strip_prefix("a=fingerprint:") {
            if let Some(found) = Fingerprint::parse(text)
                && fingerprint.as_ref().is_none_or(|known| known.hash < found.hash)
            {
                fingerprint = Some(found);
            }
        } else if let Some(text) = line.strip_prefix("a=candidate:") {
            addresses.extend(candidate_address(text));
        } else if let Some(section) = sections.last_mut() {
            if let Some(direction) = direction(line) {
                section.direction = direction;
            } else if let Some(text) = line.strip_prefix("a=rtpmap:") {
                section.payload_type = section.payload_type.or_else(|| codec(text, section.kind));
            }
        }
    }
    if sections.is_empty() {
        return Err(LegError::Sdp);
    }
    Ok(Description { fingerprint: fingerprint.ok_or(LegError::Sdp)?, sections, addresses })
}

fn lines(sdp: &str) -> impl Iterator<Item = &str> {
    sdp.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn direction(line: &str) -> Option<Direction> {
    Some(match line {
        "a=sendrecv" => Direction::SendRecv,
        "a=sendonly" => Direction::SendOnly,
        "a=recvonly" => Direction::RecvOnly,
        "a=inactive" => Direction::Inactive,
        _ => return None,
    })
}

fn codec(rtpmap: &str, kind: Kind) -> Option<u8> {
    let (payload_type, name) = rtpmap.split_once(' ')?;
    let wanted = match kind {
        Kind::Audio => "opus/48000",
        Kind::Video => "vp8/90000",
    };
    let fits = name.get(..wanted.len())?.eq_ignore_ascii_case(wanted);
    fits.then(|| payload_type.parse().ok()).flatten().filter(|pt| *pt < 128)
}

fn candidate_address(candidate: &str) -> Option<IpAddr> {
    let mut words = candidate.split(' ').skip(2);
    let transport = words.next()?;
    let address = words.nth(1)?;
    transport.eq_ignore_ascii_case("udp").then(|| address.parse().ok()).flatten()
}

/// The server's description as the WebRTC stack may see it.
///
/// * no header extensions in what the server sends: the ids in its packets are not those of its offer (§6.9);
/// * no second fingerprint (the stack wants them all alike; we check the certificate ourselves);
/// * no empty `fmtp`, no blanks at line ends (§6.2);
/// * `sendrecv` in an answer to something that only sends becomes `recvonly` (§6.4).
pub(crate) fn mended(sdp: &str, role: Mend) -> String {
    let mut out = String::with_capacity(sdp.len());
    let mut fingerprints = 0;
    for line in lines(sdp) {
        if line.starts_with("a=fingerprint:") {
            fingerprints += 1;
            if fingerprints > 1 {
                continue;
            }
        }
        if line.strip_prefix("a=fmtp:").is_some_and(|text| !text.contains(' ')) {
            continue;
        }
        if role == Mend::Offer && line.starts_with("a=extmap") {
            continue;
        }
        let line = if role == Mend::AnswerToSender && line == "a=sendrecv" { "a=recvonly" } else { line };
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

/// Which description is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mend {
    /// An offer of the server.
    Offer,
    /// Its answer to an offer of ours in which we only send.
    AnswerToSender,
    /// Its answer to an offer of ours in which we also receive.
    Answer,
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA_OFFER: &str = "v=0\r\no=mediasoup-client 10000 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n\
        a=fingerprint:sha-1 0A:4D:55:A8:D7:78:B5:02:2F:AB:70:19:77:C5:D8:40:BB:C4:86:D0\r\na=msid-semantic: WMS *\r\n\
        a=group:BUNDLE 0\r\nm=video 7 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 127.0.0.1\r\na=rtpmap:96 VP8/90000\r\n\
        a=fmtp:96 \r\na=rtcp-fb:96 goog-remb \r\na=rtcp-fb:96 nack pli\r\n\
        a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=setup:actpass\r\n\
        a=mid:0\r\na=sendonly\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef0123456789abcdef\r\n\
        a=candidate:udpcandidate 1 udp 1076302079 203.0.113.10 24601 typ host\r\na=end-of-candidates\r\n\
        a=ice-options:renomination\r\na=ssrc:1234 cname:x\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=content:main\r\n\r\n";

    #[test]
    fn the_odd_offer_of_the_server_is_read() {
        let seen = read(CAMERA_OFFER).unwrap();
        assert_eq!(seen.fingerprint.hash, Hash::Sha1);
        assert_eq!(seen.sections.len(), 1);
        assert_eq!(seen.sections[0].direction, Direction::SendOnly);
        assert_eq!(seen.payload_type(Kind::Video), Some(96));
        assert_eq!(seen.addresses, ["203.0.113.10".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn an_offer_loses_header_extensions_and_blank_parameters() {
        let mended = mended(CAMERA_OFFER, Mend::Offer);
        assert!(!mended.contains("extmap"));
        assert!(!mended.contains("a=fmtp"));
        assert!(mended.contains("a=rtcp-fb:96 goog-remb\r\n"));
        assert_eq!(read(&mended), read(CAMERA_OFFER));
    }

    #[test]
    fn the_second_section_of_a_screen_answer_only_receives() {
        let answer = "m=audio 7 x 111\r\na=recvonly\r\nm=video 7 x 96\r\na=sendrecv\r\n";
        assert!(mended(answer, Mend::AnswerToSender).ends_with("m=video 7 x 96\r\na=recvonly\r\n"));
        assert!(mended(answer, Mend::Answer).contains("a=sendrecv"));
    }

    #[test]
    fn every_hash_is_checked() {
        for (name, hash) in [
            ("sha-1", Hash::Sha1),
            ("SHA-224", Hash::Sha224),
            ("sha-256", Hash::Sha256),
            ("sha-384", Hash::Sha384),
            ("sha-512", Hash::Sha512),
        ] {
            let hex: Vec<String> = hash.of(b"certificate").iter().map(|byte| format!("{byte:02X}")).collect();
            let fingerprint = Fingerprint::parse(&format!("{name} {}", hex.join(":"))).unwrap();
            assert!(fingerprint.matches(b"certificate"), "{name}");
            assert!(!fingerprint.matches(b"another"), "{name}");
        }
    }

    #[test]
    fn descriptions_without_a_usable_fingerprint_are_refused() {
        for bad in [
            "",
            "nonsense",
            "m=video 7 x 96",
            "a=fingerprint:md5 00:11\r\nm=video 7 x 96",
            "a=fingerprint:sha-1 00:11\r\nm=video 7 x 96",
            "a=fingerprint:sha-1\r\nm=video 7 x 96",
            "a=fingerprint:sha-256 zz\r\nm=video 7 x 96",
            "a=fingerprint:sha-1 0A:4D:55:A8:D7:78:B5:02:2F:AB:70:19:77:C5:D8:40:BB:C4:86:D0\r\nm=application 7 x y",
        ] {
            assert_eq!(read(bad), Err(LegError::Sdp), "{bad}");
        }
    }

    #[test]
    fn the_strongest_of_several_fingerprints_counts() {
        let hex: Vec<String> = Hash::Sha512.of(b"c").iter().map(|byte| format!("{byte:02x}")).collect();
        let sdp = format!("a=fingerprint:sha-512 {}\r\n{CAMERA_OFFER}", hex.join(":"));
        assert!(read(&sdp).unwrap().fingerprint.matches(b"c"));
        assert_eq!(mended(&sdp, Mend::Offer).matches("a=fingerprint").count(), 1);
    }
}
