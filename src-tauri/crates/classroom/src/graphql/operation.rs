//! Reads a query or subscription against the schema of the connection's role, as Hasura does:
//! one unknown field and the whole operation fails.

use apollo_compiler::ast::{OperationType, Value as GqlValue};
use apollo_compiler::executable::{self, Selection as GqlSelection};
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value, json};

use crate::config::ServerVersion;

const MEMBER: &str = include_str!("schema.graphql");
const PREJOIN: &str = include_str!("prejoin.graphql");

/// Our own schema text does not hold together. Cannot happen in a build that passed its tests.
#[derive(Debug, thiserror::Error)]
#[error("the built-in schema is not valid")]
pub struct SchemaFault;

/// What each of the two roles may read.
pub(crate) struct Schemas {
    member: Valid<Schema>,
    prejoin: Valid<Schema>,
}

impl Schemas {
    pub(crate) fn new(version: ServerVersion) -> Result<Self, SchemaFault> {
        Ok(Self { member: build(MEMBER, version)?, prejoin: build(PREJOIN, version)? })
    }

    pub(crate) fn role(&self, member: bool) -> &Valid<Schema> {
        if member { &self.member } else { &self.prejoin }
    }
}

/// Older releases do not have the fields marked `@late`.
fn build(text: &str, version: ServerVersion) -> Result<Valid<Schema>, SchemaFault> {
    let text: String = match version {
        ServerVersion::V3_0Late => text.to_owned(),
        ServerVersion::V3_0_0 => {
            text.lines().filter(|line| !line.ends_with("@late")).flat_map(|line| [line, "\n"]).collect()
        }
    };
    Schema::parse_and_validate(text, "schema.graphql").map_err(|_| SchemaFault)
}

/// One selected column or relation.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Key in the answer: alias or name.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
    /// Empty for a column.
    pub(crate) fields: Vec<Field>,
    /// The type the field is selected on, for `__typename`.
    pub(crate) on: String,
    pub(crate) list: bool,
}

/// A readable operation, free of the text it came from.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) subscription: bool,
    pub(crate) roots: Vec<Field>,
}

/// Hasura's form of an error.
pub(crate) fn hasura_error(message: &str) -> Value {
    json!([{ "message": message, "extensions": { "path": "$", "code": "validation-failed" } }])
}

/// Parses and validates; an error is the message Hasura would give.
pub(crate) fn read(schema: &Valid<Schema>, text: &str, variables: &Map<String, Value>) -> Result<Operation, String> {
    let document = ExecutableDocument::parse_and_validate(schema, text, "operation.graphql")
        .map_err(|faults| complaint(&faults.errors))?;
    let operation = document
        .operations
        .get(None)
        .map_err(|_| "exactly one operation has to be present in the document".to_owned())?;
    let mut bound = Map::new();
    for declared in &operation.variables {
        let name = declared.name.as_str();
        let value = match (variables.get(name), &declared.default_value) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => literal(default, &Map::new()),
            (None, None) if declared.ty.is_non_null() => {
                return Err(format!("expecting a value for non-nullable variable: \"{name}\""));
            }
            (None, None) => continue,
        };
        bound.insert(name.to_owned(), value);
    }
    if let Some(extra) = variables.keys().find(|name| !operation.variables.iter().any(|v| v.name == name.as_str())) {
        return Err(format!("unexpected variables in variableValues: {extra}"));
    }
    Ok(Operation {
        subscription: operation.operation_type == OperationType::Subscription,
        roots: fields(&document, &operation.selection_set, &bound),
    })
}

/// An unknown field first, in Hasura's words; else whatever is wrong.
fn complaint(faults: &DiagnosticList) -> String {
    let texts: Vec<String> = faults.iter().map(|fault| fault.error.to_string()).collect();
    for text in &texts {
        let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        if let [on, field] = quoted.as_slice()
            && text.contains("does not have a field")
        {
            return format!("field '{field}' not found in type: '{on}'");
        }
    }
    texts.into_iter().next().unwrap_or_else(|| "not a valid graphql query".to_owned())
}

fn fields(document: &ExecutableDocument, set: &executable::SelectionSet, variables: &Map<String, Value>) -> Vec<Field> {
    let mut out: Vec<Field> = Vec::new();
    for selection in &set.selections {
        match selection {
            GqlSelection::Field(field) => {
                if field.directives.get("skip").is_some() || field.directives.get("include").is_some() {
                    continue;
                }
                let arguments = field
                    .arguments
                    .iter()
                    .filter(|argument| match &*argument.value {
                        GqlValue::Variable(name) => variables.contains_key(name.as_str()),
                        _ => true,
                    })
                    .map(|argument| (argument.name.to_string(), literal(&argument.value, variables)))
                    .collect();
                out.push(Field {
                    key: field.response_key().to_string(),
                    name: field.name.to_string(),
                    arguments,
                    fields: fields(document, &field.selection_set, variables),
                    on: set.ty.to_string(),
                    list: field.ty().is_list(),
                });
            }
            GqlSelection::InlineFragment(inline) => {
                out.extend(fields(document, &inline.selection_set, variables));
            }
            GqlSelection::FragmentSpread(spread) => {
                if let Some(fragment) = spread.fragment_def(document) {
                    out.extend(fields(document, &fragment.selection_set, variables));
                }
            }
        }
    }
    out
}

fn literal(value: &GqlValue, variables: &Map<String, Value>) -> Value {
    match value {
        GqlValue::Null => Value::Null,
        GqlValue::Enum(name) => Value::String(name.to_string()),
        GqlValue::Variable(name) => variables.get(name.as_str()).cloned().unwrap_or(Value::Null),
        GqlValue::String(text) => Value::String(text.clone()),
        GqlValue::Float(number) => number.try_to_f64().map_or(Value::Null, Value::from),
        GqlValue::Int(number) => number.as_str().parse::<i64>().map_or(Value::Null, Value::from),
        GqlValue::Boolean(flag) => Value::Bool(*flag),
        GqlValue::List(items) => items.iter().map(|item| literal(item, variables)).collect(),
        GqlValue::Object(entries) => {
            entries.iter().map(|(name, value)| (name.to_string(), literal(value, variables))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(version: ServerVersion, member: bool, text: &str) -> Result<Operation, String> {
        read(Schemas::new(version).unwrap().role(member), text, &Map::new())
    }

    #[test]
    fn an_unknown_field_fails_the_whole_operation_in_hasuras_words() {
        let fault = ask(ServerVersion::V3_0Late, true, "subscription A { user { userId shoeSize } }");
        assert_eq!(fault.unwrap_err(), "field 'shoeSize' not found in type: 'user'");
    }

    #[test]
    fn the_prejoin_role_reads_less() {
        let text = "subscription A { user_current { userId presenter } }";
        assert!(ask(ServerVersion::V3_0Late, true, text).is_ok());
        assert_eq!(
            ask(ServerVersion::V3_0Late, false, text).unwrap_err(),
            "field 'presenter' not found in type: 'user_current'"
        );
    }

    #[test]
    fn an_old_server_does_not_know_late_fields() {
        let text = "subscription A { user_current { breakoutRoomsSummary { totalOfBreakoutRooms } } }";
        assert!(ask(ServerVersion::V3_0Late, true, text).is_ok());
        assert!(ask(ServerVersion::V3_0_0, true, text).is_err());
    }

    #[test]
    fn aliases_and_arguments_survive() {
        let text = "query A { pres_page_curr { svgUrl: urlsJson(path: \"$.svg\") } }";
        let operation = ask(ServerVersion::V3_0Late, true, text).unwrap();
        let field = &operation.roots[0].fields[0];
        assert_eq!((field.key.as_str(), field.name.as_str()), ("svgUrl", "urlsJson"));
        assert_eq!(field.arguments["path"], "$.svg");
    }
}
