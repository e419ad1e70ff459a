//! Mutations are not parsed, they are picked apart (protocol/session.md §3.4): what slips
//! through there slips through here, and what breaks there breaks here.

use serde_json::{Map, Value};

/// What the middleware hands to the action server.
#[derive(Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
}

/// Function name = first word after the first `{`; arguments = between the next `(` and `)`.
pub(crate) fn pick(text: &str, variables: &Map<String, Value>) -> Result<Call, String> {
    let body = text.split_once('{').ok_or("mutation without a body")?.1;
    let name: String = body.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return Err("mutation without a function".to_owned());
    }
    let mut arguments = Map::new();
    let inside = body.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    for piece in inside.unwrap_or("").split([',', '\n']) {
        let piece: String = piece.chars().filter(|c| !c.is_whitespace()).collect();
        if piece.is_empty() {
            continue;
        }
        let mut parts = piece.split(':');
        let (Some(argument), Some(value), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("invalid argument: {piece}"));
        };
        match value.strip_prefix('$') {
            Some(variable) => {
                if let Some(value) = variables.get(variable) {
                    arguments.insert(argument.to_owned(), value.clone());
                }
            }
            None => {
                arguments.insert(argument.to_owned(), Value::String(value.to_owned()));
            }
        }
    }
    Ok(Call { name, arguments })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variables() -> Map<String, Value> {
        json!({ "userId": "w_1", "muted": true }).as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn arguments_come_from_variables_by_name() {
        let text = "mutation M($userId: String, $muted: Boolean!) { userSetMuted(userId: $userId, muted: $muted) }";
        let call = pick(text, &variables()).unwrap();
        assert_eq!(call.name, "userSetMuted");
        assert_eq!(Value::Object(call.arguments), json!({ "userId": "w_1", "muted": true }));
    }

    #[test]
    fn literals_arrive_as_text_and_missing_variables_are_left_out() {
        let call = pick("mutation { userSetMuted(muted: true, userId: $nobody) }", &variables()).unwrap();
        assert_eq!(Value::Object(call.arguments), json!({ "muted": "true" }));
    }

    #[test]
    fn nested_literals_break() {
        assert!(pick("mutation { f(a: {b: $c}) }", &variables()).is_err());
        assert!(pick("mutation", &variables()).is_err());
    }
}
