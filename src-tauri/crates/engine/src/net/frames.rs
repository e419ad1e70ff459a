//! TURN messages on a stream (RFC 8656 §12.5, RFC 8489 §6.2.2): STUN messages say their own length; ChannelData does too,
//! and is padded to four bytes.

use bytes::{Buf, Bytes, BytesMut};

/// The bytes are neither STUN nor ChannelData: whoever sends them is no relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nonsense;

/// What a message of this header takes: with and without what follows it on a stream. `None`: too little is known yet.
fn length(head: &[u8]) -> Result<Option<(usize, usize)>, Nonsense> {
    let Some(kind) = head.first() else { return Ok(None) };
    let header = match kind >> 6 {
        0 => 20,
        1 => 4,
        _ => return Err(Nonsense),
    };
    let Some(length) = head.get(2..4) else { return Ok(None) };
    let bare = header + usize::from(u16::from_be_bytes([length[0], length[1]]));
    let padded = bare.next_multiple_of(4);
    // The length of STUN attributes is a multiple of four.
    if header == 20 && padded != bare { Err(Nonsense) } else { Ok(Some((bare, padded))) }
}

/// Takes the next whole message out of what was read; `None` if it is not whole yet.
///
/// # Errors
/// [`Nonsense`]; the stream cannot be understood any more.
pub(super) fn next(read: &mut BytesMut) -> Result<Option<Bytes>, Nonsense> {
    let Some((bare, padded)) = length(read)? else { return Ok(None) };
    if read.len() < padded {
        return Ok(None);
    }
    let message = read.split_to(bare).freeze();
    read.advance(padded - bare);
    Ok(Some(message))
}

/// How many zeros follow this datagram on a stream.
///
/// # Errors
/// [`Nonsense`] for a datagram that is not one whole message.
pub(super) fn padding(datagram: &[u8]) -> Result<usize, Nonsense> {
    match length(datagram)? {
        // ChannelData may come padded in a datagram already.
        Some((bare, padded)) if datagram.len() == bare => Ok(padded - bare),
        Some((_, padded)) if datagram.len() == padded => Ok(0),
        _ => Err(Nonsense),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stun(attributes: &[u8]) -> Vec<u8> {
        let mut message = vec![0x00, 0x03];
        message.extend((attributes.len() as u16).to_be_bytes());
        message.extend([0x21, 0x12, 0xa4, 0x42]);
        message.extend([7; 12]);
        message.extend(attributes);
        message
    }

    #[test]
    fn messages_are_cut_out_of_a_stream_however_it_arrives() {
        let (first, second) = (stun(&[1; 8]), vec![0x40, 0x01, 0, 5, 1, 2, 3, 4, 5]);
        let mut stream = first.clone();
        stream.extend(&second);
        stream.extend(vec![0; padding(&second).unwrap()]);
        stream.extend(&first);
        assert_eq!(stream.len(), 28 + 12 + 28);
        for step in 1..stream.len() {
            let (mut read, mut seen) = (BytesMut::new(), Vec::new());
            for piece in stream.chunks(step) {
                read.extend_from_slice(piece);
                while let Some(message) = next(&mut read).unwrap() {
                    seen.push(message.to_vec());
                }
            }
            assert_eq!(seen, [first.clone(), second.clone(), first.clone()], "in pieces of {step}");
            assert!(read.is_empty());
        }
    }

    #[test]
    fn only_channel_data_is_padded() {
        assert_eq!(padding(&stun(&[])), Ok(0));
        for (length, expected) in [(0, 0), (1, 3), (2, 2), (3, 1), (4, 0)] {
            let mut data = vec![0x40, 0, 0, length];
            data.extend(vec![9; usize::from(length)]);
            assert_eq!(padding(&data), Ok(expected), "{length}");
            data.extend(vec![0; expected]);
            assert_eq!(padding(&data), Ok(0), "padded already: {length}");
        }
    }

    #[test]
    fn what_is_no_relay_is_known_as_such() {
        for bad in [[0x80, 0, 0, 0], [0xd6, 3, 1, 0], [0, 1, 0, 3]] {
            assert_eq!(next(&mut BytesMut::from(&bad[..])), Err(Nonsense), "{bad:?}");
        }
        assert_eq!(padding(&[0x40, 0, 0, 9, 1]), Err(Nonsense), "cut short");
        assert_eq!(padding(&[]), Err(Nonsense));
    }
}
