//! Answers a selection from the rows of a snapshot: `where`, `order_by`, `limit`, `offset`.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::operation::Field;
use crate::clock::{iso, parse_iso};
use crate::room::Snapshot;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    pub(crate) user: String,
    pub(crate) moderator: bool,
    pub(crate) token: String,
    pub(crate) now: u64,
}

/// When the rows behind a root field last changed.
pub(crate) fn revision(snapshot: &Snapshot, root: &str) -> u64 {
    let users = snapshot.users.revision;
    match base(root) {
        "user_current" | "user_welcomeMsgs" | "user_session" | "user_metadata" => users.max(snapshot.meeting.revision),
        "user" | "user_voice" => users,
        "user_camera" => snapshot.cameras.revision.max(users),
        "meeting" => snapshot.meeting.revision.max(users),
        "chat" => snapshot.chat.revision.max(users),
        "chat_message_public" => snapshot.chat.revision,
        "user_typing_public" => snapshot.typing.revision,
        "screenshare" => snapshot.screen.revision,
        "user_guest" => snapshot.lobby.revision,
        "user_voice_activity" => snapshot.activity.revision,
        "meeting_recording" => snapshot.recording.revision,
        _ => 0,
    }
}

/// The table behind a root field: `user_aggregate` reads `user`.
fn base(root: &str) -> &str {
    root.strip_suffix("_aggregate").or_else(|| root.strip_suffix("_stream")).unwrap_or(root)
}

/// One root field of an operation, answered.
pub(crate) fn root(snapshot: &Snapshot, viewer: &Viewer, field: &Field) -> Value {
    let rows = chosen(rows_of(snapshot, viewer, base(&field.name)), &field.arguments);
    if field.name.ends_with("_aggregate") {
        let nodes: Vec<Value> = rows.iter().map(|row| (**row).clone()).collect();
        let whole = json!({ "aggregate": { "count": nodes.len() }, "nodes": nodes });
        return project(&field.fields, &whole, snapshot);
    }
    rows.iter().map(|row| project(&field.fields, row, snapshot)).collect()
}

/// New rows of a stream after `cursor`, at most a batch, and where the cursor is then.
pub(crate) fn stream(snapshot: &Snapshot, viewer: &Viewer, field: &Field, column: &str, cursor: u64) -> (Value, u64) {
    let batch = field.arguments.get("batch_size").and_then(Value::as_u64).unwrap_or(10);
    let batch = usize::try_from(batch).unwrap_or(10);
    let at = |row: &Arc<Value>| row.get(column).and_then(Value::as_str).map_or(0, parse_iso);
    let mut rows = rows_of(snapshot, viewer, base(&field.name));
    rows.retain(|row| at(row) > cursor);
    rows.sort_by_key(at);
    rows.truncate(batch.max(1));
    let cursor = rows.last().map_or(cursor, at);
    (rows.iter().map(|row| project(&field.fields, row, snapshot)).collect(), cursor)
}

fn rows_of(snapshot: &Snapshot, viewer: &Viewer, table: &str) -> Vec<Arc<Value>> {
    let me = snapshot.people.get(&viewer.user);
    let bound = !viewer.moderator && me.is_some_and(|me| me["locked"] == true);
    let lock = |name: &str| bound && snapshot.meeting.rows.first().is_some_and(|row| row["lockSettings"][name] == true);
    match table {
        "user_current" => me.cloned().into_iter().collect(),
        "user" => {
            let hidden = lock("hideUserList");
            let seen =
                |row: &Arc<Value>| !hidden || row["isModerator"] == true || row["userId"] == viewer.user.as_str();
            snapshot.users.rows.iter().filter(|row| seen(row)).cloned().collect()
        }
        "user_voice" => snapshot
            .users
            .rows
            .iter()
            .filter(|row| row["voice"].is_object())
            .map(|row| Arc::new(row["voice"].clone()))
            .collect(),
        "user_camera" => {
            let only_moderators = !viewer.moderator
                && snapshot
                    .meeting
                    .rows
                    .first()
                    .is_some_and(|row| row["lockSettings"]["webcamsOnlyForModerator"] == true);
            let seen = |row: &Arc<Value>| {
                !only_moderators || row["userId"] == viewer.user.as_str() || row["user"]["isModerator"] == true
            };
            snapshot.cameras.rows.iter().filter(|row| seen(row)).cloned().collect()
        }
        "meeting" => snapshot.meeting.rows.to_vec(),
        "chat" => vec![Arc::new(public_chat(snapshot, viewer))],
        "chat_message_public" => snapshot.chat.rows.to_vec(),
        "user_typing_public" => {
            let mine = |row: &Arc<Value>| row["userId"] == viewer.user.as_str();
            snapshot.typing.rows.iter().filter(|row| !mine(row)).cloned().collect()
        }
        "screenshare" => snapshot.screen.rows.to_vec(),
        "user_guest" if viewer.moderator => snapshot.lobby.rows.to_vec(),
        "user_voice_activity" => snapshot.activity.rows.to_vec(),
        "meeting_recording" => snapshot.recording.rows.to_vec(),
        "meeting_recordingPolicies" => of_meeting(snapshot, "recordingPolicies"),
        "meeting_voiceSettings" => of_meeting(snapshot, "voiceSettings"),
        "meeting_clientSettings" => of_meeting(snapshot, "clientSettings"),
        "layout" => of_meeting(snapshot, "layout"),
        "user_welcomeMsgs" => me.map(|me| Arc::new(me["welcomeMsgs"].clone())).into_iter().collect(),
        "user_session" => vec![Arc::new(json!({
            "sessionToken": viewer.token, "sessionName": "", "enforceLayout": null, "connectionsAlive": 1,
        }))],
        "current_time" => vec![Arc::new(json!({
            "currentTimeMillis": viewer.now, "currentTimestamp": iso(viewer.now),
        }))],
        _ => Vec::new(),
    }
}

fn of_meeting(snapshot: &Snapshot, relation: &str) -> Vec<Arc<Value>> {
    snapshot
        .meeting
        .rows
        .first()
        .map(|row| Arc::new(row[relation].clone()))
        .filter(|row| row.is_object())
        .into_iter()
        .collect()
}

fn public_chat(snapshot: &Snapshot, viewer: &Viewer) -> Value {
    let seen = snapshot.people.get(&viewer.user).and_then(|me| me.get("chatSeen")).and_then(Value::as_u64).unwrap_or(0);
    let unread = snapshot
        .chat
        .rows
        .iter()
        .filter(|row| row["senderId"] != viewer.user.as_str())
        .filter(|row| row["createdAt"].as_str().map_or(0, parse_iso) > seen)
        .count();
    json!({
        "chatId": "MAIN-PUBLIC-GROUP-CHAT",
        "public": true,
        "visible": true,
        "totalMessages": snapshot.chat.rows.len(),
        "totalUnread": unread,
        "lastSeenAt": if seen == 0 { Value::Null } else { Value::String(iso(seen)) },
        "participant": null,
        "participantId": null,
    })
}

/// Picks the selected columns and relations of a row.
fn project(fields: &[Field], row: &Value, snapshot: &Snapshot) -> Value {
    let mut out = Map::new();
    for field in fields {
        if field.name == "__typename" {
            out.insert(field.key.clone(), Value::String(field.on.clone()));
            continue;
        }
        let value = row.get(&field.name);
        let value = match value {
            None if field.name == "meeting" && !field.fields.is_empty() => {
                snapshot.meeting.rows.first().map(|row| &**row)
            }
            value => value,
        };
        let projected = match value {
            None | Some(Value::Null) if field.list => Value::Array(Vec::new()),
            None | Some(Value::Null) => Value::Null,
            Some(Value::Array(rows)) if !field.fields.is_empty() => {
                let rows: Vec<Arc<Value>> = rows.iter().map(|row| Arc::new(row.clone())).collect();
                chosen(rows, &field.arguments).iter().map(|row| project(&field.fields, row, snapshot)).collect()
            }
            Some(relation) if !field.fields.is_empty() => project(&field.fields, relation, snapshot),
            Some(column) => at_path(column, field.arguments.get("path")),
        };
        out.insert(field.key.clone(), projected);
    }
    Value::Object(out)
}

/// `jsonb` columns take a path such as `$.svg`.
fn at_path(column: &Value, path: Option<&Value>) -> Value {
    let Some(path) = path.and_then(Value::as_str) else { return column.clone() };
    let pointer: String = path
        .trim_start_matches('$')
        .split('.')
        .filter(|part| !part.is_empty())
        .map(|part| format!("/{part}"))
        .collect();
    column.pointer(&pointer).cloned().unwrap_or(Value::Null)
}

fn chosen(mut rows: Vec<Arc<Value>>, arguments: &Map<String, Value>) -> Vec<Arc<Value>> {
    if let Some(condition) = arguments.get("where") {
        rows.retain(|row| fits(row, condition));
    }
    if let Some(order) = arguments.get("order_by") {
        let mut keys = Vec::new();
        let each = |entry: &Value, keys: &mut Vec<(String, String)>| order_keys(entry, "", keys);
        match order {
            Value::Array(entries) => entries.iter().for_each(|entry| each(entry, &mut keys)),
            entry => each(entry, &mut keys),
        }
        rows.sort_by(|a, b| {
            keys.iter()
                .map(|(path, way)| compare(a.pointer(path), b.pointer(path), way))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        });
    }
    let number = |name: &str| arguments.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let offset = number("offset").unwrap_or(0).min(rows.len());
    rows.drain(..offset);
    if let Some(limit) = number("limit") {
        rows.truncate(limit);
    }
    rows
}

fn order_keys(entry: &Value, prefix: &str, keys: &mut Vec<(String, String)>) {
    let Value::Object(entry) = entry else { return };
    for (name, way) in entry {
        let path = format!("{prefix}/{name}");
        match way {
            Value::String(way) => keys.push((path, way.clone())),
            nested => order_keys(nested, &path, keys),
        }
    }
}

/// Postgres puts nulls last when ascending, first when descending, unless told otherwise.
fn compare(a: Option<&Value>, b: Option<&Value>, way: &str) -> Ordering {
    let a = a.filter(|value| !value.is_null());
    let b = b.filter(|value| !value.is_null());
    let descending = way.starts_with("desc");
    let nulls_first = way.ends_with("nulls_first") || (descending && !way.ends_with("nulls_last"));
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => {
            if nulls_first {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (Some(_), None) => {
            if nulls_first {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
        (Some(a), Some(b)) => {
            let order = values(a, b);
            if descending { order.reverse() } else { order }
        }
    }
}

fn values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)),
        _ => Ordering::Equal,
    }
}

/// Does a row meet a `_bool_exp`?
fn fits(row: &Value, condition: &Value) -> bool {
    let Value::Object(condition) = condition else { return true };
    condition.iter().all(|(name, inner)| match name.as_str() {
        "_and" => inner.as_array().is_none_or(|all| all.iter().all(|each| fits(row, each))),
        "_or" => inner.as_array().is_none_or(|any| any.iter().any(|each| fits(row, each))),
        "_not" => !fits(row, inner),
        column => {
            let value = row.get(column).unwrap_or(&Value::Null);
            let compares =
                inner.as_object().is_some_and(|inner| inner.keys().all(|key| OPERATORS.contains(&key.as_str())));
            match value {
                _ if compares => inner
                    .as_object()
                    .is_none_or(|tests| tests.iter().all(|(operator, wanted)| test(value, operator, wanted))),
                Value::Array(rows) => rows.iter().any(|row| fits(row, inner)),
                Value::Null => false,
                relation => fits(relation, inner),
            }
        }
    })
}

const OPERATORS: [&str; 14] = [
    "_eq", "_neq", "_gt", "_gte", "_lt", "_lte", "_in", "_nin", "_is_null", "_like", "_ilike", "_nlike", "_nilike",
    "_regex",
];

fn test(value: &Value, operator: &str, wanted: &Value) -> bool {
    if operator == "_is_null" {
        return value.is_null() == (wanted == &Value::Bool(true));
    }
    // In SQL nothing compares with null.
    if value.is_null() {
        return false;
    }
    match operator {
        "_eq" => value == wanted,
        "_neq" => value != wanted,
        "_gt" => values(value, wanted).is_gt(),
        "_gte" => values(value, wanted).is_ge(),
        "_lt" => values(value, wanted).is_lt(),
        "_lte" => values(value, wanted).is_le(),
        "_in" => wanted.as_array().is_some_and(|list| list.contains(value)),
        "_nin" => wanted.as_array().is_some_and(|list| !list.contains(value)),
        "_like" => like(value, wanted, false),
        "_ilike" => like(value, wanted, true),
        "_nlike" => !like(value, wanted, false),
        "_nilike" => !like(value, wanted, true),
        _ => false,
    }
}

fn like(value: &Value, pattern: &Value, blind: bool) -> bool {
    let (Some(value), Some(pattern)) = (value.as_str(), pattern.as_str()) else { return false };
    let fold = |text: &str| if blind { text.to_lowercase() } else { text.to_owned() };
    let value: Vec<char> = fold(value).chars().collect();
    let pattern: Vec<char> = fold(pattern).chars().collect();
    matches(&value, &pattern)
}

/// `%` is any run, `_` any one, `\` takes the next as it is. Linear in the lengths' product.
fn matches(value: &[char], pattern: &[char]) -> bool {
    let mut tokens = Vec::new();
    let mut rest = pattern.iter();
    while let Some(next) = rest.next() {
        tokens.push(match next {
            '%' => None,
            '_' => Some(None),
            '\\' => Some(rest.next().copied()),
            other => Some(Some(*other)),
        });
    }
    let mut reach = vec![false; value.len() + 1];
    reach[0] = true;
    for token in tokens {
        let mut next = vec![false; value.len() + 1];
        match token {
            None => {
                let mut any = false;
                for (at, slot) in next.iter_mut().enumerate() {
                    any |= reach[at];
                    *slot = any;
                }
            }
            Some(wanted) => {
                for at in 0..value.len() {
                    next[at + 1] = reach[at] && wanted.is_none_or(|wanted| wanted == value[at]);
                }
            }
        }
        reach = next;
    }
    reach[value.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_filtered_ordered_and_paged_as_postgres_does() {
        let rows = || -> Vec<Arc<Value>> {
            [("a", Some(3)), ("b", None), ("c", Some(1)), ("d", Some(2))]
                .into_iter()
                .map(|(name, hand)| Arc::new(json!({ "name": name, "hand": hand })))
                .collect()
        };
        let names = |arguments: Value| -> Vec<String> {
            let Value::Object(arguments) = arguments else { return Vec::new() };
            chosen(rows(), &arguments).iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(json!({ "order_by": [{ "hand": "asc_nulls_last" }] })), ["c", "d", "a", "b"]);
        assert_eq!(names(json!({ "order_by": [{ "hand": "desc" }], "limit": 2 })), ["b", "a"]);
        assert_eq!(names(json!({ "where": { "hand": { "_gt": 1 } }, "offset": 1 })), ["d"]);
        assert_eq!(names(json!({ "where": { "_not": { "name": { "_ilike": "%A%" } } } })), ["b", "c", "d"]);
        assert_eq!(names(json!({ "where": { "hand": { "_is_null": true } } })), ["b"]);
    }

    #[test]
    fn like_patterns_stay_cheap() {
        let value = Value::String("a".repeat(2000));
        let pattern = Value::String("%a".repeat(500) + "b");
        assert!(!like(&value, &pattern, true));
    }
}
