//! The base of a `Patched_` subscription (`session.md` §3.9): the last value, and RFC 6902 patches relative to it.

use serde_json::Value;

/// Largest base kept, in bytes of JSON.
const MAX_BASE: usize = 2 << 20;
/// Most operations in one patch.
const MAX_OPERATIONS: usize = 10_000;

/// A patch that cannot be used. The base is in doubt then: subscribe anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum PatchFault {
    /// Not RFC 6902, or with operations that BBB does not produce (`copy` could grow without bound).
    #[error("patch is malformed")]
    Malformed,
    /// It does not fit the base.
    #[error("patch does not fit")]
    Misfit,
    /// The base would become too large.
    #[error("patched value is too large")]
    TooLarge,
}

/// Last value of the root field, an array.
pub(super) struct Base {
    rows: Value,
    /// Bytes of JSON, at most this much larger than true.
    bytes: usize,
}

impl Base {
    /// Keeps `rows` unless it is no array or too large. `bytes`: size of the message it came in.
    pub(super) fn new(rows: Value, bytes: usize) -> Option<Self> {
        (rows.is_array() && bytes <= MAX_BASE).then_some(Self { rows, bytes })
    }

    pub(super) fn rows(&self) -> &Value {
        &self.rows
    }

    /// Applies the `patch` of a message of `bytes` bytes. After an error the base must not be used any more.
    pub(super) fn apply(&mut self, patch: Value, bytes: usize) -> Result<(), PatchFault> {
        let operations = patch.as_array().ok_or(PatchFault::Malformed)?;
        let produced = |operation: &Value| {
            matches!(operation.get("op").and_then(Value::as_str), Some("add" | "remove" | "replace" | "move"))
        };
        if operations.len() > MAX_OPERATIONS || !operations.iter().all(produced) {
            return Err(PatchFault::Malformed);
        }
        let patch: json_patch::Patch = serde_json::from_value(patch).map_err(|_| PatchFault::Malformed)?;
        json_patch::patch(&mut self.rows, &patch).map_err(|_| PatchFault::Misfit)?;
        if !self.rows.is_array() {
            return Err(PatchFault::Misfit);
        }
        self.bytes += bytes;
        if self.bytes > MAX_BASE {
            self.bytes = self.rows.to_string().len();
            if self.bytes > MAX_BASE / 2 {
                return Err(PatchFault::TooLarge);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn base() -> Base {
        Base::new(json!([{"userId": "a", "raiseHand": false}, {"userId": "b"}, {"userId": "c"}]), 80).unwrap()
    }

    #[test]
    fn operations_apply_in_order_relative_to_the_array() {
        let mut base = base();
        let patch = json!([
            {"op": "replace", "path": "/0/raiseHand", "value": true},
            {"op": "add", "path": "/3", "value": {"userId": "d"}},
            {"op": "remove", "path": "/1"},
            {"op": "move", "from": "/2", "path": "/0"},
        ]);
        base.apply(patch, 100).unwrap();
        assert_eq!(base.rows(), &json!([{"userId": "d"}, {"userId": "a", "raiseHand": true}, {"userId": "c"}]));
    }

    #[test]
    fn a_patch_that_cannot_be_used_says_so() {
        for (patch, fault) in [
            (json!([{"op": "replace", "path": "/9/x", "value": 1}]), PatchFault::Misfit),
            (json!([{"op": "remove", "path": "/18446744073709551616"}]), PatchFault::Misfit),
            (json!([{"op": "add", "path": "/99", "value": 1}]), PatchFault::Misfit),
            (json!([{"op": "replace", "path": "", "value": {}}]), PatchFault::Misfit),
            (json!([{"op": "copy", "from": "/0", "path": "/-"}]), PatchFault::Malformed),
            (json!([{"op": "test", "path": "/0", "value": 1}]), PatchFault::Malformed),
            (json!([{"op": "add", "value": 1}]), PatchFault::Malformed),
            (json!([{"op": "add", "path": "no-slash", "value": 1}]), PatchFault::Malformed),
            (json!([1, 2]), PatchFault::Malformed),
            (json!({"op": "add"}), PatchFault::Malformed),
        ] {
            assert_eq!(base().apply(patch.clone(), 10), Err(fault), "{patch}");
        }
    }

    #[test]
    fn a_base_fed_with_patches_for_ever_stays_bounded() {
        let mut base = base();
        let value = json!([{"op": "add", "path": "/-", "value": "x".repeat(10_000)}]);
        let refused = (0..1000).position(|_| base.apply(value.clone(), 10_050).is_err());
        assert!(refused.is_some_and(|count| count * 10_000 <= MAX_BASE));
    }

    #[test]
    fn small_changes_for_hours_do_not_exhaust_the_bound() {
        let mut base = base();
        for step in 0..100_000 {
            let patch = json!([{"op": "replace", "path": "/0/raiseHand", "value": step % 2 == 0}]);
            base.apply(patch, 120).unwrap();
        }
    }
}
