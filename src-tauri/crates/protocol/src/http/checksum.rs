//! Checksums of the HTTP API (`http-api.md` §2) and signed join links. The client only carries links others signed; the
//! practice server verifies, its developer commands build.

use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};
use std::fmt::Write;
use url::form_urlencoded;

/// Hash of a checksum; servers tell them apart by length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// 40 hex digits.
    Sha1,
    /// 64 hex digits.
    Sha256,
    /// 96 hex digits.
    Sha384,
    /// 128 hex digits.
    Sha512,
}

impl Algorithm {
    /// Which one made a checksum of so many hex digits.
    #[must_use]
    pub fn of_length(hex_digits: usize) -> Option<Self> {
        match hex_digits {
            40 => Some(Self::Sha1),
            64 => Some(Self::Sha256),
            96 => Some(Self::Sha384),
            128 => Some(Self::Sha512),
            _ => None,
        }
    }

    fn hex(self, data: &[u8]) -> String {
        match self {
            Self::Sha1 => hex(&Sha1::digest(data)),
            Self::Sha256 => hex(&Sha256::digest(data)),
            Self::Sha384 => hex(&Sha384::digest(data)),
            Self::Sha512 => hex(&Sha512::digest(data)),
        }
    }
}

/// What is wrong with a signed query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumError {
    /// None, two, or not of a known length.
    #[error("checksum missing")]
    Missing,
    /// It does not fit.
    #[error("checksum wrong")]
    Wrong,
}

/// `lower-case hex(HASH(call + query + secret))`; `query` exactly as sent, without `?` and without the checksum.
#[must_use]
pub fn checksum(call: &str, query: &str, secret: &str, algorithm: Algorithm) -> String {
    algorithm.hex(format!("{call}{query}{secret}").as_bytes())
}

/// True when `given` is the checksum by any of the four algorithms. Takes the same time wherever they differ.
#[must_use]
pub fn verify_checksum(call: &str, query: &str, secret: &str, given: &str) -> bool {
    let Some(algorithm) = Algorithm::of_length(given.len()) else { return false };
    let expected = checksum(call, query, secret, algorithm);
    let different = expected.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b.to_ascii_lowercase()));
    different == 0
}

/// Verifies a raw query string that contains `checksum=…` anywhere.
///
/// # Errors
/// [`ChecksumError::Missing`] or [`ChecksumError::Wrong`].
pub fn verify_query(call: &str, raw_query: &str, secret: &str) -> Result<(), ChecksumError> {
    let (sums, rest): (Vec<&str>, Vec<&str>) = raw_query.split('&').partition(|pair| pair.starts_with("checksum="));
    let [sum] = sums.as_slice() else { return Err(ChecksumError::Missing) };
    let given = sum.strip_prefix("checksum=").unwrap_or_default();
    if Algorithm::of_length(given.len()).is_none() {
        return Err(ChecksumError::Missing);
    }
    if verify_checksum(call, &rest.join("&"), secret, given) { Ok(()) } else { Err(ChecksumError::Wrong) }
}

/// Encodes the parameters in order and appends the checksum.
#[must_use]
pub fn signed_query(call: &str, parameters: &[(&str, &str)], secret: &str, algorithm: Algorithm) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let sum = checksum(call, &query, secret, algorithm);
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{query}{separator}checksum={sum}")
}

/// A join link below `base` (such as `https://host` or `https://proxy/bbb-01`), signed with SHA-256.
#[must_use]
pub fn join_url(base: &str, secret: &str, parameters: &[(&str, &str)]) -> String {
    let query = signed_query("join", parameters, secret, Algorithm::Sha256);
    format!("{}/bigbluebutton/api/join?{query}", base.trim_end_matches('/'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t-for-tests";

    #[test]
    fn the_documented_vectors_hold() {
        let create = "name=Chem+101&meetingID=chem-101&record=false";
        let join = "fullName=Ada+L&meetingID=chem-101&role=VIEWER";
        for (call, query, algorithm, expected) in [
            ("create", create, Algorithm::Sha1, "3ffce60ba11f70cf160f85d21ee9585b720e7405"),
            ("create", create, Algorithm::Sha256, "0085adfd82eaf7806f71e7d6f81e32015dcc18e919824a612a61f5df998d305c"),
            ("join", join, Algorithm::Sha1, "8fe2f801c072cb866a623554675af588fee9afa4"),
            ("join", join, Algorithm::Sha256, "c459a95f757c7bf12e4d00606ee492d50e3bd29232ba34f5b94115ef6425b73c"),
            ("getMeetings", "", Algorithm::Sha1, "adb247407a9634050a57288bbc4ee4b85c2d4181"),
            (
                "getMeetings",
                "",
                Algorithm::Sha512,
                "7ed378764ab03f7c969a8a466a1c53abbc8f27397647631750b5cbe08b14d1c1f6846fb6e990a3c75c42b71b39fe92acd2fd0316334fc8e359d326365b4cc66c",
            ),
        ] {
            assert_eq!(checksum(call, query, SECRET, algorithm), expected);
            assert!(verify_checksum(call, query, SECRET, expected));
            assert!(verify_checksum(call, query, SECRET, &expected.to_uppercase()));
        }
        assert_eq!(checksum("join", join, SECRET, Algorithm::Sha384).len(), 96);
    }

    #[test]
    fn what_is_built_verifies_and_what_is_changed_does_not() {
        let url = join_url("https://host/bbb-01/", SECRET, &[("fullName", "Zoé & Léa"), ("role", "VIEWER")]);
        let query = url.strip_prefix("https://host/bbb-01/bigbluebutton/api/join?").unwrap();
        assert_eq!(verify_query("join", query, SECRET), Ok(()));
        assert_eq!(verify_query("join", &query.replace("VIEWER", "MODERATOR"), SECRET), Err(ChecksumError::Wrong));
        assert_eq!(verify_query("end", query, SECRET), Err(ChecksumError::Wrong));
        assert_eq!(verify_query("join", "fullName=a", SECRET), Err(ChecksumError::Missing));
        assert_eq!(verify_query("join", "checksum=12&a=b", SECRET), Err(ChecksumError::Missing));
        assert_eq!(verify_query("join", &format!("{query}&checksum=00"), SECRET), Err(ChecksumError::Missing));
    }

    #[test]
    fn a_query_that_starts_with_an_ampersand_verifies_as_it_is() {
        // `getJoinUrl` makes such links (`http-api.md` §6.2).
        let query = "&fullName=Ada+L&existingUserID=w_0a";
        let sum = checksum("join", query, SECRET, Algorithm::Sha1);
        assert_eq!(verify_query("join", &format!("{query}&checksum={sum}"), SECRET), Ok(()));
    }
}
