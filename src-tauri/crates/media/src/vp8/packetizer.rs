//! Frames to RTP payloads.

/// Most bytes of one payload, descriptor included: with RTP, SRTP, UDP and IP around it a packet stays below 1 260
/// bytes, which passes tunnels and TURN.
pub const MAX_PAYLOAD: usize = 1160;

/// Descriptor: one byte, one of extensions, two of PictureID.
const DESCRIPTOR: usize = 4;

/// One RTP payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Descriptor and a piece of the frame.
    pub bytes: Vec<u8>,
    /// RTP marker: the last of its frame.
    pub marker: bool,
}

/// Cuts frames and numbers them with a 15-bit PictureID.
#[derive(Debug)]
pub struct Packetizer {
    picture_id: u16,
}

impl Packetizer {
    /// Starts at this PictureID (the standard wants a random one).
    #[must_use]
    pub fn new(first_picture_id: u16) -> Self {
        Self { picture_id: first_picture_id & 0x7fff }
    }

    /// The payloads of one frame, in order, of about equal size; none for an empty frame.
    pub fn packetize(&mut self, frame: &[u8]) -> Vec<Payload> {
        if frame.is_empty() {
            return Vec::new();
        }
        let count = frame.len().div_ceil(MAX_PAYLOAD - DESCRIPTOR);
        let pieces = frame.chunks(frame.len().div_ceil(count));
        let last = pieces.len() - 1;
        let [high, low] = (self.picture_id | 0x8000).to_be_bytes();
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        pieces
            .enumerate()
            .map(|(index, piece)| {
                let mut bytes = Vec::with_capacity(DESCRIPTOR + piece.len());
                // X, and S on the first; partition 0 throughout, as the stream is one to us.
                bytes.extend([if index == 0 { 0x90 } else { 0x80 }, 0x80, high, low]);
                bytes.extend_from_slice(piece);
                Payload { bytes, marker: index == last }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::descriptor::Descriptor;
    use super::*;

    #[test]
    fn pieces_are_small_even_and_make_the_frame_again() {
        for size in [1, 2, 100, 1155, 1156, 1157, 2312, 2313, 50_000] {
            let frame: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let payloads = Packetizer::new(7).packetize(&frame);
            assert_eq!(payloads.len(), usize::div_ceil(size, 1156));
            let mut joined: Vec<u8> = Vec::new();
            for (index, payload) in payloads.iter().enumerate() {
                assert!(payload.bytes.len() <= MAX_PAYLOAD);
                assert_eq!(payload.marker, index + 1 == payloads.len());
                let descriptor = Descriptor::parse(&payload.bytes).unwrap();
                assert_eq!(descriptor.begins_frame(), index == 0);
                assert_eq!(descriptor.picture_id, Some(7));
                joined.extend(&payload.bytes[descriptor.length..]);
            }
            assert_eq!(joined, frame);
        }
        assert!(Packetizer::new(0).packetize(&[]).is_empty());
    }

    #[test]
    fn picture_ids_wrap_at_15_bits() {
        let mut packetizer = Packetizer::new(0xffff);
        let mut id = || Descriptor::parse(&packetizer.packetize(&[1])[0].bytes).and_then(|d| d.picture_id);
        assert_eq!([id(), id(), id()], [Some(0x7fff), Some(0), Some(1)]);
    }
}
