//! Just enough RTP: reading a header, and writing a fresh one for a forwarded packet.

/// What a received RTP packet says, and where its payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) marker: bool,
    pub(crate) pt: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) payload: (usize, usize),
    extension: (u16, usize, usize),
}

/// Reads a decrypted RTP packet; `None` for anything that is none.
pub(crate) fn parse(packet: &[u8]) -> Option<Header> {
    let first = *packet.first()?;
    if first >> 6 != 2 || packet.len() < 12 {
        return None;
    }
    let mut at = 12 + usize::from(first & 0x0f) * 4;
    let mut extension = (0, 0, 0);
    if first & 0x10 != 0 {
        let profile = u16_at(packet, at)?;
        let length = usize::from(u16_at(packet, at + 2)?) * 4;
        extension = (profile, at + 4, at + 4 + length);
        at += 4 + length;
    }
    let mut end = packet.len();
    if first & 0x20 != 0 {
        end = end.checked_sub(usize::from(*packet.last()?))?;
    }
    if at > end {
        return None;
    }
    Some(Header {
        marker: packet[1] & 0x80 != 0,
        pt: packet[1] & 0x7f,
        sequence: u16_at(packet, 2)?,
        timestamp: u32_at(packet, 4)?,
        ssrc: u32_at(packet, 8)?,
        payload: (at, end),
        extension,
    })
}

impl Header {
    /// The bytes of a header extension element, one-byte or two-byte form.
    pub(crate) fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        let (profile, from, to) = self.extension;
        let bytes = packet.get(from..to)?;
        let mut at = 0;
        while at < bytes.len() {
            let (found, length, header) = match profile {
                0xBEDE => {
                    let byte = bytes[at];
                    if byte == 0 {
                        at += 1;
                        continue;
                    }
                    (byte >> 4, usize::from(byte & 0x0f) + 1, 1)
                }
                _ if profile >> 4 == 0x100 => {
                    if bytes[at] == 0 {
                        at += 1;
                        continue;
                    }
                    (bytes[at], usize::from(*bytes.get(at + 1)?), 2)
                }
                _ => return None,
            };
            let value = bytes.get(at + header..at + header + length)?;
            if found == id {
                return Some(value);
            }
            at += header + length;
        }
        None
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A packet on its way to a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    pub(crate) video: bool,
    pub(crate) marker: bool,
    pub(crate) pt: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) mid: u8,
    /// Time of sending, for the extension nobody has negotiated under this id.
    pub(crate) abs_send_time: u32,
    pub(crate) payload: &'a [u8],
}

/// Writes a packet with the worker's own extension ids: 1 is mid, 4 is abs-send-time, 5 the
/// transport-wide number (protocol/media.md §6.9). None of them is what the SDP said.
pub(crate) fn write(packet: &Outgoing<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(packet.payload.len() + 32);
    out.push(0x90);
    out.push(u8::from(packet.marker) << 7 | packet.pt);
    out.extend_from_slice(&packet.sequence.to_be_bytes());
    out.extend_from_slice(&packet.timestamp.to_be_bytes());
    out.extend_from_slice(&packet.ssrc.to_be_bytes());
    out.extend_from_slice(&[0xBE, 0xDE]);
    let mid = b'0' + packet.mid;
    if packet.video {
        out.extend_from_slice(&[0, 3, 0x10, mid, 0x42]);
        out.extend_from_slice(&packet.abs_send_time.to_be_bytes()[1..]);
        out.extend_from_slice(&[0x51, 0, 0, 0, 0, 0]);
    } else {
        out.extend_from_slice(&[0, 1, 0x10, mid, 0, 0]);
    }
    out.extend_from_slice(packet.payload);
    out
}

/// Is `a` before `b` on the 16-bit circle?
pub(crate) fn before(a: u16, b: u16) -> bool {
    a != b && b.wrapping_sub(a) < 0x8000
}

/// Does this VP8 payload start a key frame (RFC 7741 §4.2)?
pub(crate) fn starts_key_frame(payload: &[u8]) -> bool {
    let Some(&first) = payload.first() else { return false };
    if first & 0x10 == 0 || first & 0x07 != 0 {
        return false;
    }
    let mut at = 1;
    if first & 0x80 != 0 {
        let Some(&flags) = payload.get(1) else { return false };
        at = 2;
        if flags & 0x80 != 0 {
            at += if payload.get(at).is_some_and(|byte| byte & 0x80 != 0) { 2 } else { 1 };
        }
        at += usize::from(flags & 0x40 != 0);
        at += usize::from(flags & 0x30 != 0);
    }
    payload.get(at).is_some_and(|byte| byte & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_names_the_wrong_ids() {
        let packet = Outgoing {
            video: true,
            marker: true,
            pt: 96,
            sequence: 65_535,
            timestamp: 90_000,
            ssrc: 7,
            mid: 0,
            abs_send_time: 0x0012_3456,
            payload: &[1, 2, 3],
        };
        let bytes = write(&packet);
        let header = parse(&bytes).unwrap();
        assert_eq!((header.marker, header.pt, header.sequence, header.ssrc), (true, 96, 65_535, 7));
        assert_eq!(&bytes[header.payload.0..header.payload.1], [1, 2, 3]);
        assert_eq!(header.extension(&bytes, 1), Some(&b"0"[..]));
        assert_eq!(header.extension(&bytes, 4), Some(&[0x12, 0x34, 0x56][..]));
        assert_eq!(header.extension(&bytes, 5), Some(&[0, 0][..]));
    }

    #[test]
    fn broken_packets_are_refused() {
        for bytes in [&[][..], &[0x80; 11], &[0x90; 13], &[0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255], &[0x8f; 14]] {
            assert!(parse(bytes).is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn key_frames_are_found_behind_every_descriptor() {
        assert!(starts_key_frame(&[0x10, 0x00]));
        assert!(!starts_key_frame(&[0x10, 0x01]));
        assert!(starts_key_frame(&[0x90, 0x80, 0x81, 0x02, 0x10]));
        assert!(starts_key_frame(&[0x90, 0xE0, 0x01, 0x02, 0x03, 0x10]));
        assert!(!starts_key_frame(&[0x00, 0x00]));
        assert!(!starts_key_frame(&[0x90, 0x80]));
    }
}
