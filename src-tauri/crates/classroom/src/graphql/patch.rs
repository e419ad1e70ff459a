//! JSON patches instead of whole results (protocol/session.md §3.9).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What a changed subscription sends.
#[derive(Debug, PartialEq)]
pub(crate) enum Update {
    /// The new value as it is.
    Full,
    /// RFC 6902 operations on the root field's value.
    Patch(Value),
}

/// A patch is worth it for a value of more than 250 bytes, when it is less than half of it.
pub(crate) fn update(before: &Value, after: &Value) -> Update {
    let size = after.to_string().len();
    if size <= 250 {
        return Update::Full;
    }
    let mut operations = Vec::new();
    match (before, after) {
        (Value::Array(old), Value::Array(new)) if keyed(old) && keyed(new) => {
            people(old, new, &mut operations);
        }
        _ => difference(before, after, "", &mut operations),
    }
    let patch = Value::Array(operations);
    if patch.to_string().len() * 2 < size { Update::Patch(patch) } else { Update::Full }
}

/// The user list has a patcher of its own, keyed by `userId`, where `__typename` is selected last.
fn keyed(rows: &[Value]) -> bool {
    rows.iter().all(|row| row["__typename"] == "user" && row["userId"].is_string())
}

fn id(row: &Value) -> &str {
    row["userId"].as_str().unwrap_or("")
}

fn people(old: &[Value], new: &[Value], out: &mut Vec<Value>) {
    let wanted: BTreeMap<&str, &Value> = new.iter().map(|row| (id(row), row)).collect();
    let mut now: Vec<Value> = old.to_vec();
    for at in (0..now.len()).rev() {
        if !wanted.contains_key(id(&now[at])) {
            now.remove(at);
            out.push(json!({ "op": "remove", "path": format!("/{at}") }));
        }
    }
    for (at, row) in new.iter().enumerate() {
        match now.iter().position(|other| id(other) == id(row)) {
            Some(from) => {
                if from != at {
                    let moved = now.remove(from);
                    now.insert(at, moved);
                    out.push(json!({ "op": "move", "from": format!("/{from}"), "path": format!("/{at}") }));
                }
                difference(&now[at], row, &format!("/{at}"), out);
                now[at] = row.clone();
            }
            None => {
                now.insert(at, row.clone());
                out.push(json!({ "op": "add", "path": format!("/{at}"), "value": row }));
            }
        }
    }
}

fn difference(old: &Value, new: &Value, path: &str, out: &mut Vec<Value>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => objects(old, new, path, out),
        (Value::Array(old), Value::Array(new)) => {
            let common = old.len().min(new.len());
            for at in 0..common {
                difference(&old[at], &new[at], &format!("{path}/{at}"), out);
            }
            for at in (common..old.len()).rev() {
                out.push(json!({ "op": "remove", "path": format!("{path}/{at}") }));
            }
            for (at, row) in new.iter().enumerate().skip(common) {
                out.push(json!({ "op": "add", "path": format!("{path}/{at}"), "value": row }));
            }
        }
        (old, new) if old == new => {}
        _ => out.push(json!({ "op": "replace", "path": path, "value": new })),
    }
}

fn objects(old: &Map<String, Value>, new: &Map<String, Value>, path: &str, out: &mut Vec<Value>) {
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    for (name, value) in new {
        let path = format!("{path}/{}", escape(name));
        match old.get(name) {
            Some(before) => difference(before, value, &path, out),
            None => out.push(json!({ "op": "add", "path": path, "value": value })),
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        out.push(json!({ "op": "remove", "path": format!("{path}/{}", escape(name)) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, hand: bool) -> Value {
        json!({ "userId": id, "name": "a long enough name to be worth a patch", "raiseHand": hand, "__typename": "user" })
    }

    #[test]
    fn a_list_that_is_reordered_moves_its_rows() {
        let before: Value = (0..8).map(|n| user(&format!("w_{n}"), false)).collect();
        let Value::Array(mut rows) = before.clone() else { return };
        let last = rows.remove(7);
        rows.insert(0, last);
        rows.remove(3);
        let after = Value::Array(rows);
        let Update::Patch(patch) = update(&before, &after) else { panic!("worth a patch") };
        assert_eq!(patch, json!([{ "op": "remove", "path": "/2" }, { "op": "move", "from": "/6", "path": "/0" }]));
    }

    #[test]
    fn small_values_and_large_patches_go_whole() {
        assert_eq!(update(&json!([user("w_1", false)]), &json!([user("w_1", true)])), Update::Full);
        let before: Value = (0..4).map(|n| user(&format!("w_{n}"), false)).collect();
        let after: Value = (4..8).map(|n| user(&format!("w_{n}"), false)).collect();
        assert_eq!(update(&before, &after), Update::Full);
    }
}
