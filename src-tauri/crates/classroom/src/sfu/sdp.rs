//! SDP as bbb-webrtc-sfu and mediasoup write it, oddities included, and what they need to find
//! in a client's (protocol/media.md §6.1–6.5, §10.8–10.9).
//!
//! Reads and writes on its own rather than by the client's code, so that one mistake cannot
//! hide in both.

use std::fmt::Write;

/// What is sent in a media section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Audio,
    Video,
}

/// The client's DTLS role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    Active,
    Passive,
    ActPass,
}

/// A certificate fingerprint, as announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub(crate) algorithm: String,
    /// Upper-case hex pairs with colons.
    pub(crate) hex: String,
}

/// What of a client's SDP matters to the server.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) sections: Vec<Section>,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) setup: Option<Setup>,
}

/// One `m=` section of a client.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) kind: Kind,
    pub(crate) mid: String,
    pub(crate) rejected: bool,
    pub(crate) codecs: Vec<(u8, String)>,
    pub(crate) feedback: Vec<(String, String)>,
    pub(crate) extensions: Vec<(u8, String)>,
    pub(crate) ssrc: Option<u32>,
}

impl Section {
    /// The first payload type of a codec.
    pub(crate) fn payload_type(&self, codec: &str) -> Option<u8> {
        self.codecs.iter().find(|(_, name)| name == codec).map(|(pt, _)| *pt)
    }

    /// Feedback lines for a payload type.
    pub(crate) fn feedback_of(&self, pt: u8) -> Vec<String> {
        let own = pt.to_string();
        self.feedback.iter().filter(|(whom, _)| *whom == own || whom == "*").map(|(_, what)| what.clone()).collect()
    }

    pub(crate) fn extension(&self, uri: &str) -> Option<u8> {
        self.extensions.iter().find(|(_, known)| known == uri).map(|(id, _)| *id)
    }
}

pub(crate) const EXT_TOFFSET: &str = "urn:ietf:params:rtp-hdrext:toffset";
pub(crate) const EXT_ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
pub(crate) const EXT_TWCC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
pub(crate) const EXT_MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
pub(crate) const EXT_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
pub(crate) const EXT_REPAIRED: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

/// Reads a client's SDP. `None` when it is none.
pub(crate) fn parse(text: &str) -> Option<Description> {
    if !text.starts_with("v=0") || text.len() > 60_000 {
        return None;
    }
    let mut description = Description { sections: Vec::new(), fingerprint: None, setup: None };
    for line in text.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            description.sections.push(section(media)?);
            continue;
        }
        let Some(attribute) = line.strip_prefix("a=") else { continue };
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        match name {
            // Session level or the first section that has one.
            "fingerprint" if description.fingerprint.is_none() => {
                let (algorithm, hex) = value.split_once(' ')?;
                description.fingerprint = Some(Fingerprint {
                    algorithm: algorithm.to_ascii_lowercase(),
                    hex: hex.trim().to_ascii_uppercase(),
                });
            }
            "setup" if description.setup.is_none() => {
                description.setup = match value {
                    "active" => Some(Setup::Active),
                    "passive" => Some(Setup::Passive),
                    "actpass" => Some(Setup::ActPass),
                    _ => None,
                };
            }
            _ => {
                if let Some(section) = description.sections.last_mut() {
                    section.attribute(name, value);
                }
            }
        }
    }
    (!description.sections.is_empty()).then_some(description)
}

fn section(media: &str) -> Option<Section> {
    let mut parts = media.split_whitespace();
    let kind = match parts.next()? {
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        _ => return None,
    };
    let port = parts.next()?;
    Some(Section {
        kind,
        mid: String::new(),
        rejected: port == "0",
        codecs: Vec::new(),
        feedback: Vec::new(),
        extensions: Vec::new(),
        ssrc: None,
    })
}

impl Section {
    fn attribute(&mut self, name: &str, value: &str) {
        let (head, rest) = value.split_once(' ').unwrap_or((value, ""));
        match name {
            "mid" => value.clone_into(&mut self.mid),
            "rtpmap" => {
                if let Ok(pt) = head.parse() {
                    let codec = rest.split('/').next().unwrap_or("").to_ascii_lowercase();
                    self.codecs.push((pt, codec));
                }
            }
            "rtcp-fb" => self.feedback.push((head.to_owned(), rest.trim().to_owned())),
            "extmap" => {
                let id = head.split('/').next().and_then(|id| id.parse().ok());
                if let Some(id) = id {
                    let uri = rest.split_whitespace().next().unwrap_or("").to_owned();
                    self.extensions.push((id, uri));
                }
            }
            // Only the first counts; it needs a cname to name a source.
            "ssrc" if self.ssrc.is_none() && rest.starts_with("cname:") => {
                self.ssrc = head.parse().ok();
            }
            _ => {}
        }
    }
}

/// What all sections of one of our SDPs share.
pub(crate) struct Transport<'a> {
    pub(crate) ufrag: &'a str,
    pub(crate) pwd: &'a str,
    pub(crate) port: u16,
    pub(crate) fingerprint: &'a Fingerprint,
    /// `actpass` in offers, `active` in answers.
    pub(crate) setup: &'static str,
}

/// One section of ours.
pub(crate) struct Ours {
    pub(crate) kind: Kind,
    pub(crate) mid: String,
    pub(crate) pt: u8,
    pub(crate) direction: &'static str,
    pub(crate) feedback: Vec<String>,
    pub(crate) extensions: Vec<(u8, &'static str)>,
    /// Sent with this source; `None` sends nothing.
    pub(crate) ssrc: Option<(u32, &'static str)>,
    pub(crate) kbps: Option<u32>,
    pub(crate) content: Option<&'static str>,
}

/// Opus as the server describes it.
const OPUS: &str = "useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40";

/// Writes an offer or an answer.
pub(crate) fn write(transport: &Transport<'_>, sections: &[Ours]) -> String {
    let mut out = String::with_capacity(2048);
    let mids: Vec<&str> = sections.iter().map(|section| section.mid.as_str()).collect();
    line(&mut out, format_args!("v=0"));
    line(&mut out, format_args!("o=mediasoup-client 10000 1 IN IP4 0.0.0.0"));
    line(&mut out, format_args!("s=-"));
    line(&mut out, format_args!("t=0 0"));
    line(&mut out, format_args!("a=ice-lite"));
    let Fingerprint { algorithm, hex } = transport.fingerprint;
    line(&mut out, format_args!("a=fingerprint:{algorithm} {hex}"));
    line(&mut out, format_args!("a=msid-semantic: WMS *"));
    line(&mut out, format_args!("a=group:BUNDLE {}", mids.join(" ")));
    for section in sections {
        write_section(&mut out, transport, section);
    }
    out.push_str("\r\n");
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
    out.push_str("\r\n");
}

fn write_section(out: &mut String, transport: &Transport<'_>, section: &Ours) {
    let pt = section.pt;
    let (kind, map) = match section.kind {
        Kind::Audio => ("audio", "opus/48000/2"),
        Kind::Video => ("video", "VP8/90000"),
    };
    line(out, format_args!("m={kind} 7 UDP/TLS/RTP/SAVPF {pt}"));
    line(out, format_args!("c=IN IP4 127.0.0.1"));
    if let Some(kbps) = section.kbps {
        line(out, format_args!("b=TIAS:{}", kbps * 1000));
        line(out, format_args!("b=AS:{kbps}"));
    }
    line(out, format_args!("a=rtpmap:{pt} {map}"));
    line(out, format_args!("a=fmtp:{pt} {}", if section.kind == Kind::Audio { OPUS } else { "" }));
    for feedback in &section.feedback {
        // A feedback without a parameter keeps the blank before the missing one.
        let blank = if feedback.contains(' ') || section.kind == Kind::Audio { "" } else { " " };
        line(out, format_args!("a=rtcp-fb:{pt} {feedback}{blank}"));
    }
    for (id, uri) in &section.extensions {
        line(out, format_args!("a=extmap:{id} {uri}"));
    }
    line(out, format_args!("a=setup:{}", transport.setup));
    line(out, format_args!("a=mid:{}", section.mid));
    if let Some((_, cname)) = section.ssrc {
        line(out, format_args!("a=msid:{cname} {}", uuid::Uuid::new_v4()));
    }
    line(out, format_args!("a={}", section.direction));
    line(out, format_args!("a=ice-ufrag:{}", transport.ufrag));
    line(out, format_args!("a=ice-pwd:{}", transport.pwd));
    line(out, format_args!("a=candidate:udpcandidate 1 udp 1076302079 127.0.0.1 {} typ host", transport.port));
    line(out, format_args!("a=end-of-candidates"));
    line(out, format_args!("a=ice-options:renomination"));
    if let Some((ssrc, cname)) = section.ssrc {
        line(out, format_args!("a=ssrc:{ssrc} cname:{cname}"));
        if section.kind == Kind::Audio && cname == "fs" {
            line(out, format_args!("a=ssrc:{ssrc} msid:{cname} {}", uuid::Uuid::new_v4()));
        }
    }
    line(out, format_args!("a=rtcp-mux"));
    line(out, format_args!("a=rtcp-rsize"));
    if let Some(content) = section.content {
        line(out, format_args!("a=content:{content}"));
    }
}

/// The extensions every viewer is offered, whose ids the packets do not keep.
pub(crate) fn viewer_extensions(video: bool) -> Vec<(u8, &'static str)> {
    let mut list = vec![(1, EXT_TOFFSET), (2, EXT_ABS_SEND_TIME)];
    if video {
        list.push((4, EXT_TWCC));
    }
    list.extend([(9, EXT_MID), (10, EXT_RID), (11, EXT_REPAIRED)]);
    list
}

/// A publisher's extensions the server also knows, under the publisher's ids.
pub(crate) fn shared_extensions(section: &Section, known: &[&'static str]) -> Vec<(u8, &'static str)> {
    known.iter().filter_map(|uri| section.extension(uri).map(|id| (id, *uri))).collect()
}

/// The feedback the server has in common with a VP8 publisher, in the server's order.
pub(crate) fn video_feedback(offered: &[String]) -> Vec<String> {
    ["ccm fir", "nack", "nack pli", "goog-remb", "transport-cc"]
        .into_iter()
        .filter(|kind| offered.iter().any(|offer| offer == kind))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_offer_has_mediasoups_shape_to_the_byte() {
        let fingerprint = Fingerprint { algorithm: "sha-512".into(), hex: "AA:BB".into() };
        let transport = Transport { ufrag: "u0", pwd: "p0", port: 24601, fingerprint: &fingerprint, setup: "actpass" };
        let section = Ours {
            kind: Kind::Video,
            mid: "0".into(),
            pt: 96,
            direction: "sendonly",
            feedback: vec!["ccm fir".into(), "nack".into(), "nack pli".into()],
            extensions: viewer_extensions(true),
            ssrc: Some((286_844_819, "cn")),
            kbps: Some(200),
            content: Some("main"),
        };
        let text = write(&transport, &[section]);
        assert!(text.starts_with("v=0\r\no=mediasoup-client 10000 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n"));
        assert!(text.contains("m=video 7 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 127.0.0.1\r\nb=TIAS:200000\r\nb=AS:200\r\n"));
        assert!(text.contains("a=fmtp:96 \r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack \r\na=rtcp-fb:96 nack pli\r\n"));
        assert!(text.contains("a=ssrc:286844819 cname:cn\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=content:main\r\n\r\n"));
    }

    #[test]
    fn a_clients_offer_is_read_with_what_matters() {
        let text = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 120\r\na=mid:0\r\na=rtpmap:120 VP8/90000\r\n\
                    a=rtcp-fb:120 nack pli\r\na=rtcp-fb:* nack\r\na=extmap:3/sendonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
                    a=fingerprint:SHA-256 aa:bb\r\na=setup:actpass\r\na=ssrc:7 cname:x\r\na=ssrc:8 cname:x\r\n";
        let description = parse(text).unwrap();
        let section = &description.sections[0];
        assert_eq!(section.payload_type("vp8"), Some(120));
        assert_eq!(section.feedback_of(120), ["nack pli", "nack"]);
        assert_eq!(section.extension(EXT_MID), Some(3));
        assert_eq!(section.ssrc, Some(7));
        assert_eq!(description.setup, Some(Setup::ActPass));
        assert_eq!(description.fingerprint.unwrap().hex, "AA:BB");
    }

    #[test]
    fn what_is_no_sdp_is_refused() {
        assert!(parse("").is_none());
        assert!(parse("v=0\r\n").is_none());
        assert!(parse("v=0\r\nm=application 9 X 0\r\n").is_none());
        assert!(parse("v=0\r\nm=video\r\n").is_none());
    }
}
