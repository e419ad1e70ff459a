//! What is said on a line, and what is heard (`media.md` §2–§4).

use meeting::LegKind;
use protocol::ids::LegId;

/// Something the server said.
pub(super) enum Heard {
    /// A session description for this leg.
    Description { leg: LegId, sdp: String },
    /// The server refuses or ends this leg.
    Refused { leg: LegId, code: u16 },
    /// Nothing that changes anything.
    Nothing,
    /// No message of this protocol.
    NotUnderstood,
}

pub(super) struct Words {}
impl Words {
    pub(super) fn new(_a: u32) -> Self { Self {} }
    pub(super) fn ping() -> String { r#"{"id":"ping"}"#.to_owned() }
    pub(super) fn start(&mut self, _leg: LegId, _kind: &LegKind, _sdp: Option<String>) -> String { String::new() }
    pub(super) fn answer(&self, _leg: LegId, _kind: &LegKind, _sdp: String) -> String { String::new() }
    pub(super) fn stop(&self, _leg: LegId, _kind: &LegKind) -> Option<String> { None }
    pub(super) fn forget(&mut self, _leg: LegId) {}
    pub(super) fn understand(&self, _text: &str) -> Heard { Heard::Nothing }
}
