//! The payload descriptor before each piece (RFC 7741 §4.2).

/// What we need of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// Start of a partition.
    pub(super) start: bool,
    /// Which partition.
    pub(super) partition: u8,
    /// 7 or 15 bits, if there.
    pub(super) picture_id: Option<u16>,
    /// Bytes of the descriptor.
    pub(super) length: usize,
}

impl Descriptor {
    /// `None` if it ends too early.
    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let first = *payload.first()?;
        let mut length = 1;
        let mut picture_id = None;
        if first & 0x80 != 0 {
            let extensions = *payload.get(length)?;
            length += 1;
            if extensions & 0x80 != 0 {
                let high = *payload.get(length)?;
                length += 1;
                picture_id = Some(if high & 0x80 != 0 {
                    let low = *payload.get(length)?;
                    length += 1;
                    u16::from(high & 0x7f) << 8 | u16::from(low)
                } else {
                    u16::from(high)
                });
            }
            if extensions & 0x40 != 0 {
                length += 1;
            }
            // TID and KEYIDX share one byte.
            if extensions & 0x30 != 0 {
                length += 1;
            }
        }
        (length <= payload.len()).then_some(Self {
            start: first & 0x10 != 0,
            partition: first & 0x07,
            picture_id,
            length,
        })
    }

    /// Is this the first payload of a frame?
    pub(super) fn begins_frame(&self) -> bool {
        self.start && self.partition == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_of_the_standard() {
        let parsed = |bytes: &[u8]| Descriptor::parse(bytes).map(|d| (d.begins_frame(), d.picture_id, d.length));
        for (bytes, expected) in [
            (&[0x10, 1][..], Some((true, None, 1))),
            (&[0x00, 1], Some((false, None, 1))),
            (&[0x11, 1], Some((false, None, 1))),
            (&[0x90, 0x80, 0x11, 1], Some((true, Some(0x11), 3))),
            (&[0x90, 0x80, 0x92, 0x34, 1], Some((true, Some(0x1234), 4))),
            (&[0x90, 0xf0, 0x92, 0x34, 7, 8, 1], Some((true, Some(0x1234), 6))),
            (&[0x90, 0x10, 7, 1], Some((true, None, 3))),
            (&[0x90, 0x00], Some((true, None, 2))),
            (&[], None),
            (&[0x90], None),
            (&[0x90, 0x80], None),
            (&[0x90, 0x80, 0x92], None),
            (&[0x90, 0xf0, 0x92, 0x34, 7], None),
            (&[0xff, 0x40], None),
        ] {
            assert_eq!(parsed(bytes), expected, "{bytes:?}");
        }
    }
}
