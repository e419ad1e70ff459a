//! What this server answers is a part of what BigBlueButton answers: its schema against the real
//! one, which is no part of this repository.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::PathBuf;

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

fn real(file: &str) -> Valid<Schema> {
    let shared = std::env::var_os("PREAU_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let path = shared.join("protocol").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| {
        panic!(
            "BigBlueButton's schema is not at {}: set PREAU_SHARED to the folder that holds protocol/{file}",
            path.display()
        )
    });
    Schema::parse_and_validate(text, file).unwrap_or_else(|faults| panic!("{}", faults.errors))
}

fn ours(text: &str) -> Valid<Schema> {
    Schema::parse_and_validate(text, "ours").unwrap_or_else(|faults| panic!("{}", faults.errors))
}

fn check(part: &Schema, whole: &Schema) -> usize {
    let mut checked = 0;
    for (name, own) in part.types.iter().filter(|(_, own)| !own.is_built_in()) {
        let theirs = whole.types.get(name).unwrap_or_else(|| panic!("{name} does not exist there"));
        let same = |what: &Name, a: String, b: Option<String>| {
            assert_eq!(Some(a), b, "{name}.{what}");
        };
        match (own, theirs) {
            (ExtendedType::Object(own), ExtendedType::Object(theirs)) => {
                for (field, definition) in &own.fields {
                    let other =
                        theirs.fields.get(field).unwrap_or_else(|| panic!("{name}.{field} does not exist there"));
                    same(field, definition.ty.to_string(), Some(other.ty.to_string()));
                    for argument in &definition.arguments {
                        let found = other.argument_by_name(&argument.name).map(|other| other.ty.to_string());
                        same(&argument.name, argument.ty.to_string(), found);
                    }
                    checked += 1;
                }
            }
            (ExtendedType::InputObject(own), ExtendedType::InputObject(theirs)) => {
                for (field, definition) in &own.fields {
                    same(field, definition.ty.to_string(), theirs.fields.get(field).map(|other| other.ty.to_string()));
                    checked += 1;
                }
            }
            (ExtendedType::Enum(own), ExtendedType::Enum(theirs)) => {
                assert!(own.values.keys().all(|value| theirs.values.contains_key(value)), "{name}");
            }
            (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => {}
            _ => panic!("{name} is something else there"),
        }
    }
    checked
}

#[test]
fn members_may_read_nothing_here_that_they_may_not_read_there() {
    let checked = check(&ours(include_str!("../src/graphql/schema.graphql")), &real("schema-3.0.graphql"));
    assert!(checked > 500, "{checked}");
}

#[test]
fn newcomers_may_read_nothing_here_that_they_may_not_read_there() {
    let checked = check(&ours(include_str!("../src/graphql/prejoin.graphql")), &real("schema-3.0-prejoin.graphql"));
    assert!(checked > 80, "{checked}");
}
