//! The ICE-lite half: answers checks, never sends any (protocol/media.md §6.6).

use std::net::SocketAddr;

use rtc::crypto::RTCCrypto;
use rtc::shared::error::Error;
use rtc::stun::attributes::{
    ATTR_ERROR_CODE, ATTR_FINGERPRINT, ATTR_ICE_CONTROLLED, ATTR_MESSAGE_INTEGRITY, ATTR_PRIORITY, ATTR_USE_CANDIDATE,
    ATTR_USERNAME, AttrType,
};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Message, Setter};
use rtc::stun::xoraddr::XorMappedAddress;

/// Chromium's renomination attribute counts as a nomination.
const ATTR_NOMINATION: AttrType = AttrType(0xC001);

/// What a datagram turned out to be.
pub(crate) enum Check {
    /// Not a binding request: ignore.
    Ignore,
    /// Refused; send this.
    Refused(Vec<u8>),
    /// Valid; send this. `nominated` completes ICE.
    Valid { reply: Vec<u8>, nominated: bool },
}

/// The local half of the USERNAME, by which the transport is found.
pub(crate) fn local_ufrag(datagram: &[u8]) -> Option<String> {
    let message = decode(datagram)?;
    let name = message.get(ATTR_USERNAME).ok()?;
    let name = String::from_utf8(name).ok()?;
    Some(name.split(':').next()?.to_owned())
}

fn decode(datagram: &[u8]) -> Option<Message> {
    let mut message = Message::new();
    message.unmarshal_binary(datagram).ok()?;
    Some(message)
}

/// Judges a binding request for a transport with this password.
pub(crate) fn check(datagram: &[u8], from: SocketAddr, pwd: &str, crypto: &dyn RTCCrypto) -> Check {
    let Some(mut message) = decode(datagram) else { return Check::Ignore };
    if message.typ != BINDING_REQUEST {
        return Check::Ignore;
    }
    let complete = [ATTR_USERNAME, ATTR_PRIORITY, ATTR_FINGERPRINT, ATTR_MESSAGE_INTEGRITY]
        .into_iter()
        .all(|attribute| message.contains(attribute))
        && FINGERPRINT.check(&message).is_ok();
    if !complete {
        return refused(&message, 400, "Bad Request", pwd, crypto);
    }
    if MessageIntegrity::check(&mut message, pwd.as_bytes(), crypto).is_err() {
        return refused(&message, 401, "Unauthorized", pwd, crypto);
    }
    if message.contains(ATTR_ICE_CONTROLLED) {
        return refused(&message, 487, "Role Conflict", pwd, crypto);
    }
    let nominated = message.contains(ATTR_USE_CANDIDATE) || message.contains(ATTR_NOMINATION);
    match answer(&message, from, pwd, crypto) {
        Ok(reply) => Check::Valid { reply, nominated },
        Err(_) => Check::Ignore,
    }
}

fn answer(request: &Message, from: SocketAddr, pwd: &str, crypto: &dyn RTCCrypto) -> Result<Vec<u8>, Error> {
    let mut reply = Message::new();
    reply.build(&[
        Box::new(BINDING_SUCCESS),
        Box::new(request.transaction_id),
        Box::new(XorMappedAddress { ip: from.ip(), port: from.port() }),
    ])?;
    seal(reply, pwd, crypto)
}

fn seal(mut reply: Message, pwd: &str, crypto: &dyn RTCCrypto) -> Result<Vec<u8>, Error> {
    MessageIntegrity::new_short_term_integrity_with_provider(pwd.to_owned(), crypto).add_to(&mut reply)?;
    FINGERPRINT.add_to(&mut reply)?;
    Ok(reply.raw)
}

fn refused(request: &Message, code: u16, reason: &str, pwd: &str, crypto: &dyn RTCCrypto) -> Check {
    let mut value = vec![0, 0, u8::try_from(code / 100).unwrap_or(4), u8::try_from(code % 100).unwrap_or(0)];
    value.extend_from_slice(reason.as_bytes());
    let mut reply = Message::new();
    if reply.build(&[Box::new(BINDING_ERROR), Box::new(request.transaction_id)]).is_err() {
        return Check::Ignore;
    }
    reply.add(ATTR_ERROR_CODE, &value);
    seal(reply, pwd, crypto).map_or(Check::Ignore, Check::Refused)
}
