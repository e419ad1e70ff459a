//! What readers see: immutable tables of rows, each with the revision of its last change.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::state::{Dirty, State};

/// Rows in their natural order.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) revision: u64,
    pub(crate) rows: Arc<Vec<Arc<Value>>>,
}

impl Table {
    fn new(revision: u64, rows: Vec<Arc<Value>>) -> Self {
        Self { revision, rows: Arc::new(rows) }
    }
}

/// One consistent state of the class.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) revision: u64,
    /// Everybody who ever had a token, by id: for `user_current`.
    pub(crate) people: HashMap<String, Arc<Value>>,
    pub(crate) users: Table,
    pub(crate) meeting: Table,
    pub(crate) chat: Table,
    pub(crate) typing: Table,
    pub(crate) cameras: Table,
    pub(crate) screen: Table,
    pub(crate) lobby: Table,
    pub(crate) activity: Table,
    pub(crate) recording: Table,
}

impl State {
    /// Builds the next snapshot from the last one and what changed.
    pub(super) fn publish(&mut self, last: &Snapshot) -> Snapshot {
        let dirty: Dirty = std::mem::take(&mut self.dirty);
        let revision = last.revision + 1;
        let mut next = last.clone();
        next.revision = revision;
        if dirty.everybody || !dirty.users.is_empty() {
            for user in self.users.values() {
                if dirty.everybody || dirty.users.contains(&user.id) {
                    next.people.insert(user.id.clone(), Arc::new(self.user_row(user)));
                }
            }
            let people = &next.people;
            next.users =
                Table::new(revision, self.in_class().filter_map(|user| people.get(&user.id).cloned()).collect());
            next.lobby = Table::new(revision, self.lobby_rows());
        }
        if dirty.meeting || dirty.screen || dirty.everybody {
            next.meeting = Table::new(revision, vec![Arc::new(self.meeting_row())]);
            next.recording = Table::new(revision, self.recording_rows());
        }
        if dirty.chat {
            next.chat = Table::new(revision, self.chat.clone());
        }
        if dirty.typing {
            next.typing = Table::new(revision, self.typing_rows());
        }
        if dirty.cameras || dirty.everybody {
            next.cameras = Table::new(revision, self.camera_rows());
        }
        if dirty.screen {
            next.screen = Table::new(revision, self.screen_rows());
        }
        if dirty.activity {
            next.activity = Table::new(revision, self.activity.values().cloned().collect());
        }
        next
    }
}
