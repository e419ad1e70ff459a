//! Facts in session descriptions that both sides need, on the level of text and tolerant of everything in `media.md`
//! §6.2: trailing blanks, empty `fmtp`, `rtcp-fb` with a blank at its end, words as candidate foundations, bare LF.

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use std::fmt;

/// Longest description read, in bytes.
const MAX_SDP: usize = 256 * 1024;
/// Most sections kept; BBB uses one or two.
const MAX_SECTIONS: usize = 64;
/// Most codecs, sources and candidates kept of each section.
const MAX_LINES: usize = 256;

/// Why a description cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Too long, does not begin with `v=0`, or has no or too many media sections.
    #[error("no session description")]
    NotSdp,
    /// No readable `a=fingerprint`.
    #[error("no fingerprint")]
    NoFingerprint,
}

/// What a section carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `m=audio`
    Audio,
    /// `m=video`
    Video,
    /// Anything else.
    Other,
}

/// Who sends, as the description's author sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both; also when nothing is said.
    #[default]
    SendRecv,
    /// The author.
    SendOnly,
    /// The other side.
    RecvOnly,
    /// Nobody.
    Inactive,
}

/// An `a=rtpmap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codec {
    /// Payload type.
    pub payload_type: u8,
    /// Name as written, such as `VP8` or `opus`.
    pub name: String,
    /// RTP clock in Hz.
    pub clock: u32,
}

/// ICE credentials of a section.
#[derive(Clone, PartialEq, Eq)]
pub struct Ice {
    /// User fragment.
    pub ufrag: String,
    /// Password.
    pub pwd: String,
}

impl fmt::Debug for Ice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ice")
    }
}

/// One `m=` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it carries.
    pub kind: Kind,
    /// `a=mid`
    pub mid: Option<String>,
    /// Port 0: not used.
    pub rejected: bool,
    /// Who sends.
    pub direction: Direction,
    /// In the order of their `rtpmap` lines.
    pub codecs: Vec<Codec>,
    /// Distinct sources in their order; a server without one refuses to take media (`media.md` §6.5).
    pub ssrcs: Vec<u32>,
    /// Credentials, own or the session's.
    pub ice: Option<Ice>,
    /// Values of `a=candidate`.
    pub candidates: Vec<String>,
    /// `active`, `passive` or `actpass`, own or the session's.
    pub setup: Option<String>,
}

impl Section {
    /// Payload type of a codec, whatever case its name has.
    #[must_use]
    pub fn payload_type(&self, codec: &str) -> Option<u8> {
        self.codecs.iter().find(|known| known.name.eq_ignore_ascii_case(codec)).map(|known| known.payload_type)
    }

    /// It names a source.
    #[must_use]
    pub fn has_ssrc(&self) -> bool {
        !self.ssrcs.is_empty()
    }
}

/// A session description, as far as we look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// `m=` sections in order; at least one.
    pub sections: Vec<Section>,
    /// The first fingerprint, of the session or a section.
    pub fingerprint: Option<Fingerprint>,
    /// The author never sends ICE checks.
    pub ice_lite: bool,
}

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    /// [`SdpError::NotSdp`]. Lines that make no sense are skipped.
    pub fn parse(text: &str) -> Result<Self, SdpError> {
        if text.len() > MAX_SDP || !text.starts_with("v=0") {
            return Err(SdpError::NotSdp);
        }
        let mut all = Self { sections: Vec::new(), fingerprint: None, ice_lite: false };
        let mut session = Section::begin("session 0");
        for line in text.lines().map(str::trim_end) {
            if let Some(media) = line.strip_prefix("m=") {
                if all.sections.len() >= MAX_SECTIONS {
                    return Err(SdpError::NotSdp);
                }
                all.sections.push(Section::begin(media));
            } else if let Some(attribute) = line.strip_prefix("a=") {
                let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
                match name {
                    "ice-lite" => all.ice_lite = true,
                    "fingerprint" => all.fingerprint = all.fingerprint.take().or_else(|| Fingerprint::parse(value)),
                    _ => all.sections.last_mut().unwrap_or(&mut session).attribute(name, value),
                }
            }
        }
        for section in &mut all.sections {
            section.finish(&session);
        }
        if all.sections.is_empty() { Err(SdpError::NotSdp) } else { Ok(all) }
    }

    /// Compares a certificate with the announced fingerprint.
    ///
    /// # Errors
    /// [`SdpError::NoFingerprint`] when none was announced.
    pub fn verify(&self, certificate_der: &[u8]) -> Result<bool, SdpError> {
        Ok(self.fingerprint.as_ref().ok_or(SdpError::NoFingerprint)?.matches(certificate_der))
    }
}

impl Section {
    fn begin(media: &str) -> Self {
        let mut words = media.split_whitespace();
        let kind = match words.next() {
            Some("audio") => Kind::Audio,
            Some("video") => Kind::Video,
            _ => Kind::Other,
        };
        Self {
            kind,
            mid: None,
            rejected: words.next() == Some("0"),
            direction: Direction::default(),
            codecs: Vec::new(),
            ssrcs: Vec::new(),
            ice: None,
            candidates: Vec::new(),
            setup: None,
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let value = value.trim();
        match name {
            "sendrecv" => self.direction = Direction::SendRecv,
            "sendonly" => self.direction = Direction::SendOnly,
            "recvonly" => self.direction = Direction::RecvOnly,
            "inactive" => self.direction = Direction::Inactive,
            "mid" => self.mid = Some(value.to_owned()),
            "setup" => self.setup = Some(value.to_owned()),
            "ice-ufrag" => self.ice_part().ufrag = value.to_owned(),
            "ice-pwd" => self.ice_part().pwd = value.to_owned(),
            "candidate" if self.candidates.len() < MAX_LINES => self.candidates.push(value.to_owned()),
            "ssrc" if self.ssrcs.len() < MAX_LINES => {
                let ssrc = value.split_whitespace().next().and_then(|number| number.parse().ok());
                self.ssrcs.extend(ssrc.filter(|ssrc| !self.ssrcs.contains(ssrc)));
            }
            "rtpmap" if self.codecs.len() < MAX_LINES => self.codecs.extend(codec(value)),
            _ => {}
        }
    }

    fn ice_part(&mut self) -> &mut Ice {
        self.ice.get_or_insert_with(|| Ice { ufrag: String::new(), pwd: String::new() })
    }

    fn finish(&mut self, session: &Self) {
        let whole = |ice: &Ice| !ice.ufrag.is_empty() && !ice.pwd.is_empty();
        self.ice = self.ice.take().filter(whole).or_else(|| session.ice.clone().filter(whole));
        self.setup = self.setup.take().or_else(|| session.setup.clone());
    }
}

fn codec(value: &str) -> Option<Codec> {
    let (payload_type, rest) = value.split_once(' ')?;
    let mut parts = rest.trim().split('/');
    Some(Codec {
        payload_type: payload_type.parse().ok().filter(|pt| *pt < 128)?,
        name: parts.next().filter(|name| !name.is_empty())?.to_owned(),
        clock: parts.next()?.parse().ok()?,
    })
}

/// Hash of a fingerprint. The server picks any (`media.md` §6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// `sha-1`
    Sha1,
    /// `sha-224`
    Sha224,
    /// `sha-256`
    Sha256,
    /// `sha-384`
    Sha384,
    /// `sha-512`
    Sha512,
}

impl Hash {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// As in SDP.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha-1",
            Self::Sha224 => "sha-224",
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha224 => Sha224::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// `a=fingerprint`: which certificate DTLS must show. Its text form is the attribute's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    hash: Hash,
    bytes: Vec<u8>,
}

impl Fingerprint {
    /// Reads the value of `a=fingerprint`, any case; `None` for other hashes and wrong lengths.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (name, hex) = value.trim().split_once(char::is_whitespace)?;
        let hash = Hash::ALL.into_iter().find(|hash| hash.name().eq_ignore_ascii_case(name))?;
        let pair = |pair: &str| (pair.len() == 2).then(|| u8::from_str_radix(pair, 16).ok())?;
        let bytes: Vec<u8> = hex.trim().split(':').map(pair).take(hash.length() + 1).collect::<Option<_>>()?;
        (bytes.len() == hash.length()).then_some(Self { hash, bytes })
    }

    /// Of a certificate in DER form.
    #[must_use]
    pub fn of(hash: Hash, certificate_der: &[u8]) -> Self {
        Self { hash, bytes: hash.digest(certificate_der) }
    }

    /// The certificate is the announced one.
    #[must_use]
    pub fn matches(&self, certificate_der: &[u8]) -> bool {
        *self == Self::of(self.hash, certificate_der)
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hash.name())?;
        for (index, byte) in self.bytes.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { ' ' } else { ':' })?;
        }
        Ok(())
    }
}

/// The description without `a=extmap` lines: what viewers answer, because forwarded packets carry other ids than the offer
/// declares (`media.md` §6.9).
#[must_use]
pub fn without_extensions(sdp: &str) -> String {
    rewrite(sdp, |line| (!line.starts_with("a=extmap:")).then_some(line))
}

/// The description with what strict parsers stumble over taken out: trailing blanks, empty `fmtp` lines, blank lines.
#[must_use]
pub fn tidy(sdp: &str) -> String {
    rewrite(sdp, |line| {
        let empty_format = line.strip_prefix("a=fmtp:").is_some_and(|value| !value.contains(' '));
        (!line.is_empty() && !empty_format).then_some(line)
    })
}

/// An answer in which `sendrecv` became `recvonly` wherever `offer` has `sendonly` (`media.md` §6.4: the second section of
/// a screen share with sound).
#[must_use]
pub fn with_answered_directions(answer: &str, offer: &Description) -> String {
    let mut section = None::<usize>;
    rewrite(answer, |line| {
        if line.starts_with("m=") {
            section = Some(section.map_or(0, |index| index + 1));
        }
        let offered = section.and_then(|index| offer.sections.get(index)).map(|section| section.direction);
        let wrong = line == "a=sendrecv" && offered == Some(Direction::SendOnly);
        Some(if wrong { "a=recvonly" } else { line })
    })
}

fn rewrite<'a>(sdp: &'a str, mut line: impl FnMut(&'a str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(sdp.len());
    for kept in sdp.lines().map(str::trim_end).filter_map(&mut line) {
        out.push_str(kept);
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `media.md` §10.8, with its trailing blanks.
    const VIEWER_OFFER: &str = "v=0\r\no=mediasoup-client 10000 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n\
        a=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33\r\na=msid-semantic: WMS *\r\n\
        a=group:BUNDLE 0\r\nm=video 7 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 127.0.0.1\r\nb=TIAS:200000\r\n\
        a=rtpmap:96 VP8/90000\r\na=fmtp:96 \r\na=rtcp-fb:96 nack \r\na=extmap:1 urn:ietf:params:rtp-hdrext:toffset\r\n\
        a=setup:actpass\r\na=mid:0\r\na=msid:cn 6f6c2f0e\r\na=sendonly\r\na=ice-ufrag:u0\r\na=ice-pwd:p0\r\n\
        a=candidate:udpcandidate 1 udp 1076302079 203.0.113.10 24601 typ host\r\na=end-of-candidates\r\n\
        a=ssrc:286844819 cname:cn\r\na=rtcp-mux\r\na=content:main\r\n\r\n";

    #[test]
    fn the_server_s_odd_offer_is_read() {
        let offer = Description::parse(VIEWER_OFFER).unwrap();
        assert!(offer.ice_lite);
        assert_eq!(offer.fingerprint.as_ref().map(Fingerprint::hash), Some(Hash::Sha1));
        let [video] = offer.sections.as_slice() else { panic!() };
        assert_eq!((video.kind, video.direction, video.mid.as_deref()), (Kind::Video, Direction::SendOnly, Some("0")));
        assert_eq!((video.payload_type("vp8"), video.has_ssrc()), (Some(96), true));
        assert_eq!(video.ice, Some(Ice { ufrag: "u0".into(), pwd: "p0".into() }));
        assert_eq!(video.candidates, ["udpcandidate 1 udp 1076302079 203.0.113.10 24601 typ host"]);
        assert_eq!(video.setup.as_deref(), Some("actpass"));
    }

    #[test]
    fn bare_line_feeds_and_session_level_transport_are_read() {
        let sdp = "v=0\na=setup:active\na=ice-ufrag:u\na=ice-pwd:p\nm=audio 9 X 111\na=rtpmap:111 opus/48000/2\n\
            a=ssrc:7 cname:fs\na=ssrc:7 msid:fs x\nm=video 0 X 96\na=inactive";
        let read = Description::parse(sdp).unwrap();
        assert_eq!(read.sections[0].ssrcs, [7]);
        assert_eq!(read.sections[0].codecs[0], Codec { payload_type: 111, name: "opus".into(), clock: 48_000 });
        assert_eq!((read.sections[1].rejected, read.sections[1].direction), (true, Direction::Inactive));
        assert!(
            read.sections.iter().all(|section| section.ice.is_some() && section.setup.as_deref() == Some("active"))
        );
        assert_eq!(read.verify(b"der"), Err(SdpError::NoFingerprint));
    }

    #[test]
    fn a_certificate_is_verified_with_any_hash() {
        for hash in Hash::ALL {
            let announced = Fingerprint::of(hash, b"certificate").to_string();
            let read = Fingerprint::parse(&announced.to_lowercase()).unwrap();
            assert_eq!((read.hash(), read.to_string()), (hash, announced));
            assert!(read.matches(b"certificate"));
            assert!(!read.matches(b"another"));
        }
        assert_eq!(
            Fingerprint::of(Hash::Sha1, b"abc").to_string(),
            "sha-1 A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D"
        );
    }

    #[test]
    fn malformed_fingerprints_are_none() {
        let short = "sha-256 AA:BB".to_owned();
        let long = format!("sha-1 {}", ["AA"; 21].join(":"));
        let endless = format!("sha-1 {}", "AA:".repeat(1_000_000));
        for text in ["", "sha-1", "md5 00:11", "sha-1 ", "sha-1 +A:+B", "sha-1 é:é", &short, &long, &endless] {
            assert_eq!(Fingerprint::parse(text), None, "{text:.30}");
        }
    }

    #[test]
    fn hostile_descriptions_are_refused_or_read_in_part() {
        let sections = format!("v=0\r\n{}", "m=audio 9 X 0\r\n".repeat(MAX_SECTIONS + 1));
        let huge = format!("v=0\r\n{}", "a=x\r\n".repeat(MAX_SDP));
        for text in ["", "v=1", "hello", "v=0", "v=0\r\na=mid:0", &sections, &huge] {
            assert_eq!(Description::parse(text), Err(SdpError::NotSdp), "{text:.20}");
        }
        let odd = "v=0\r\nm=\r\na=rtpmap:\r\na=rtpmap:999 VP8/90000\r\na=rtpmap:96 /\r\na=rtpmap:96 VP8/fast\r\na=ssrc:\r\n\
            a=ssrc:99999999999 x\r\na=ssrc:-1\r\na=fingerprint:\r\na=ice-ufrag:\r\na=candidate:\r\na=\r\na\r\n=\r\n";
        let read = Description::parse(odd).unwrap();
        assert_eq!(read.sections.len(), 1);
        assert!(read.sections[0].codecs.is_empty() && !read.sections[0].has_ssrc() && read.fingerprint.is_none());
        let many = format!(
            "v=0\r\nm=video 9 X 96\r\n{}",
            (0..5000).map(|n| format!("a=ssrc:{n} cname:x\r\na=candidate:{n}\r\n")).collect::<String>()
        );
        let read = Description::parse(&many).unwrap();
        assert_eq!((read.sections[0].ssrcs.len(), read.sections[0].candidates.len()), (MAX_LINES, MAX_LINES));
    }

    #[test]
    fn repairs_change_only_what_they_name() {
        let tidied = tidy(VIEWER_OFFER);
        assert!(
            !tidied.contains("a=fmtp:96") && tidied.contains("a=rtcp-fb:96 nack\r\n") && !tidied.contains("\r\n\r\n")
        );
        assert!(tidy("a=fmtp:111 useinbandfec=1; ptime=20\r\n").contains("useinbandfec"));
        let bare = without_extensions(VIEWER_OFFER);
        assert!(!bare.contains("extmap") && bare.contains("a=ssrc:286844819 cname:cn\r\n"));
        let offer =
            Description::parse("v=0\r\nm=audio 9 X 0\r\na=sendonly\r\nm=video 9 X 0\r\na=sendonly\r\n").unwrap();
        let answer = "v=0\r\nm=audio 9 X 0\r\na=recvonly\r\nm=video 9 X 0\r\na=sendrecv\r\n";
        assert_eq!(with_answered_directions(answer, &offer), answer.replace("sendrecv", "recvonly"));
        let both = Description::parse("v=0\r\nm=audio 9 X 0\r\na=sendrecv\r\n").unwrap();
        let kept = "v=0\r\nm=audio 9 X 0\r\na=sendrecv\r\n";
        assert_eq!(with_answered_directions(kept, &both), kept);
    }

    #[test]
    fn credentials_do_not_show_in_debug_output() {
        let shown = format!("{:?}", Description::parse(VIEWER_OFFER).unwrap());
        assert!(!shown.contains("p0"), "{shown}");
    }
}
