//! The RTCP this server speaks: reports, NACK, PLI, REMB, transport-wide feedback.

use super::source::Report;

/// What a client's RTCP asks for or tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Feedback {
    /// Resend these of this source.
    Nack { ssrc: u32, lost: Vec<u16> },
    /// A key frame of this source, please (PLI or FIR).
    KeyFrame { ssrc: u32 },
    /// A sender report: the middle of its NTP time.
    Sender { ssrc: u32, ntp: u32 },
}

/// Reads a compound or reduced-size packet. Unknown parts are skipped, broken ones end it.
pub(crate) fn parse(mut bytes: &[u8]) -> Vec<Feedback> {
    let mut out = Vec::new();
    while bytes.len() >= 8 && bytes[0] >> 6 == 2 {
        let length = (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])) + 1) * 4;
        let Some(part) = bytes.get(..length) else { break };
        one(part, &mut out);
        bytes = &bytes[length..];
    }
    out
}

fn word(part: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(part.get(at..at + 4)?.try_into().ok()?))
}

fn one(part: &[u8], out: &mut Vec<Feedback>) -> Option<()> {
    let count = part[0] & 0x1f;
    match (part[1], count) {
        (200, _) => {
            out.push(Feedback::Sender { ssrc: word(part, 4)?, ntp: (word(part, 8)? << 16) | (word(part, 12)? >> 16) });
        }
        (205, 1) => {
            let mut lost = Vec::new();
            for at in (12..part.len()).step_by(4) {
                let entry = word(part, at)?;
                let first = (entry >> 16) as u16;
                lost.push(first);
                lost.extend((0..16).filter(|bit| entry & (1 << bit) != 0).map(|bit| first.wrapping_add(bit + 1)));
            }
            out.push(Feedback::Nack { ssrc: word(part, 8)?, lost });
        }
        (206, 1) => out.push(Feedback::KeyFrame { ssrc: word(part, 8)? }),
        (206, 4) => {
            for at in (12..part.len()).step_by(8) {
                out.push(Feedback::KeyFrame { ssrc: word(part, at)? });
            }
        }
        _ => {}
    }
    Some(())
}

fn packet(kind: u8, count: u8, words: &[u32]) -> Vec<u8> {
    let mut out = vec![0x80 | count, kind];
    out.extend_from_slice(&u16::try_from(words.len()).unwrap_or(0).to_be_bytes());
    out.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    out
}

pub(crate) fn pli(from: u32, ssrc: u32) -> Vec<u8> {
    packet(206, 1, &[from, ssrc])
}

pub(crate) fn nack(from: u32, ssrc: u32, lost: &[u16]) -> Vec<u8> {
    let mut words = vec![from, ssrc];
    // One entry each; few are lost on loopback, and nobody counts these bytes.
    words.extend(lost.iter().map(|sequence| u32::from(*sequence) << 16));
    packet(205, 1, &words)
}

/// REMB: here a cap, not an estimate.
pub(crate) fn remb(from: u32, ssrc: u32, bits_per_second: u32) -> Vec<u8> {
    let exponent = 32_u32.saturating_sub(bits_per_second.leading_zeros()).saturating_sub(18);
    let mantissa = bits_per_second >> exponent;
    packet(206, 15, &[from, 0, u32::from_be_bytes(*b"REMB"), (1 << 24) | (exponent << 18) | mantissa, ssrc])
}

pub(crate) fn receiver_report(from: u32, ssrc: u32, report: &Report) -> Vec<u8> {
    packet(
        201,
        1,
        &[
            from,
            ssrc,
            (u32::from(report.fraction_lost) << 24) | (report.total_lost & 0x00ff_ffff),
            report.highest,
            report.jitter,
            report.last_sender_report,
            report.delay,
        ],
    )
}

/// A sender report with the source description that gives the source its name.
pub(crate) fn sender_report(ssrc: u32, ntp: u64, timestamp: u32, packets: u32, bytes: u32, cname: &str) -> Vec<u8> {
    let mut out = packet(200, 0, &[ssrc, (ntp >> 32) as u32, ntp as u32, timestamp, packets, bytes]);
    let mut items = vec![1, u8::try_from(cname.len()).unwrap_or(0)];
    items.extend_from_slice(cname.as_bytes());
    items.push(0);
    while !items.len().is_multiple_of(4) {
        items.push(0);
    }
    out.extend_from_slice(&[0x81, 202]);
    out.extend_from_slice(&u16::try_from(items.len() / 4 + 1).unwrap_or(1).to_be_bytes());
    out.extend_from_slice(&ssrc.to_be_bytes());
    out.extend_from_slice(&items);
    out
}

/// Arrivals by transport-wide number, in the order of the numbers, as microseconds.
pub(crate) fn transport_feedback(from: u32, ssrc: u32, count: u8, arrivals: &[(u16, i64)]) -> Option<Vec<u8>> {
    let (&(base, first), &(last, _)) = (arrivals.first()?, arrivals.last()?);
    let total = last.wrapping_sub(base).wrapping_add(1);
    // Reference time in 64 ms; deltas in 250 µs, each to the one before.
    let reference = first.div_euclid(64_000);
    let mut before = reference * 64_000;
    let mut symbols = vec![0_u16; usize::from(total)];
    let mut deltas = Vec::new();
    for (sequence, at) in arrivals {
        let delta = (at - before).div_euclid(250);
        let delta = i16::try_from(delta).ok()?;
        before += i64::from(delta) * 250;
        let slot = symbols.get_mut(usize::from(sequence.wrapping_sub(base)))?;
        match u8::try_from(delta) {
            Ok(small) => {
                *slot = 1;
                deltas.push(small);
            }
            Err(_) => {
                *slot = 2;
                deltas.extend_from_slice(&delta.to_be_bytes());
            }
        }
    }
    let mut body = Vec::new();
    body.extend_from_slice(&from.to_be_bytes());
    body.extend_from_slice(&ssrc.to_be_bytes());
    body.extend_from_slice(&base.to_be_bytes());
    body.extend_from_slice(&total.to_be_bytes());
    body.extend_from_slice(&(((reference as u32) << 8) | u32::from(count)).to_be_bytes());
    for chunk in symbols.chunks(7) {
        let mut vector = 0xC000_u16;
        for (at, symbol) in chunk.iter().enumerate() {
            vector |= symbol << (12 - 2 * at);
        }
        body.extend_from_slice(&vector.to_be_bytes());
    }
    body.extend_from_slice(&deltas);
    while !body.len().is_multiple_of(4) {
        body.push(0);
    }
    let mut out = vec![0x80 | 15, 205];
    out.extend_from_slice(&u16::try_from(body.len() / 4).ok()?.to_be_bytes());
    out.extend_from_slice(&body);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_survive_the_wire() {
        let mut bytes = nack(1, 7, &[3, 65_535]);
        bytes.extend(pli(1, 8));
        assert_eq!(parse(&bytes), [Feedback::Nack { ssrc: 7, lost: vec![3, 65_535] }, Feedback::KeyFrame { ssrc: 8 }]);
        let report = sender_report(9, 0x0001_0002_0003_0004, 5, 6, 7, "cn");
        assert_eq!(parse(&report), [Feedback::Sender { ssrc: 9, ntp: 0x0002_0003 }]);
    }

    #[test]
    fn garbage_is_skipped() {
        assert!(parse(&[0x80, 205, 0xff, 0xff, 0, 0, 0, 0]).is_empty());
        assert!(parse(&[0x81, 205, 0, 1, 0, 0, 0, 0]).is_empty());
    }

    #[test]
    fn the_standard_library_reads_our_transport_feedback() {
        let arrivals = [(65_534, 1_000_000), (65_535, 1_000_250), (1, 1_100_000), (2, 1_099_000)];
        let bytes = transport_feedback(1, 2, 3, &arrivals).unwrap();
        let parsed = rtc::rtcp::packet::unmarshal(&mut bytes.as_slice()).unwrap();
        let feedback = parsed[0]
            .as_any()
            .downcast_ref::<rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc>()
            .unwrap();
        assert_eq!(feedback.base_sequence_number, 65_534);
        assert_eq!(feedback.packet_status_count, 5);
        assert_eq!(feedback.fb_pkt_count, 3);
        let deltas: Vec<i64> = feedback.recv_deltas.iter().map(|delta| delta.delta).collect();
        assert_eq!(deltas[1..], [250, 99_750, -1000]);
    }

    #[test]
    fn the_standard_library_reads_our_cap() {
        let bytes = remb(1, 7, 200_000);
        let parsed = rtc::rtcp::packet::unmarshal(&mut bytes.as_slice()).unwrap();
        let cap = parsed[0]
            .as_any()
            .downcast_ref::<rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate>()
            .unwrap();
        assert_eq!((cap.bitrate as u32, cap.ssrcs.as_slice()), (200_000, &[7][..]));
    }
}
