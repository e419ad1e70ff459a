//! Every operation we send against BBB's real schema (`schema.md`), which is no part of this repository.

use super::operations::{Operation, PATCHED};
use super::{Feed, Mutation};
use crate::ids::{StreamId, UserId};
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use std::path::PathBuf;

fn feeds() -> Vec<Feed> {
    let since = || "2026-01-05T09:25:02.003Z".to_owned();
    vec![
        Feed::Me,
        Feed::MeFull,
        Feed::Lobby,
        Feed::Meeting,
        Feed::PeopleCount,
        Feed::PeoplePage { page: 3, search: "".into() },
        Feed::PeoplePage { page: 0, search: "ada".into() },
        Feed::Hands,
        Feed::Chats,
        Feed::ChatPage { offset: 50, limit: 50 },
        Feed::ChatStream { since: since() },
        Feed::Typing,
        Feed::Voice,
        Feed::Cameras,
        Feed::Screen,
        Feed::Recording,
        Feed::Notices { since: since() },
        Feed::ServerTime,
    ]
}

fn mutations() -> Vec<Mutation> {
    let user = || UserId::new("w_1");
    let stream = || StreamId::new("w_1_u_c");
    vec![
        Mutation::UserJoin { auth_token: "a".into() },
        Mutation::Leave,
        Mutation::EndMeeting,
        Mutation::SetMuted { user: user(), muted: true },
        Mutation::MuteAll { except_presenter: true },
        Mutation::SetListenOnlyInput { listen_only: true },
        Mutation::RaiseHand { user: user(), up: true },
        Mutation::SendChat { text: "hi".into() },
        Mutation::Typing,
        Mutation::ChatSeen { at: "2026-01-05T09:25:02.003Z".into() },
        Mutation::CameraStart { stream: stream() },
        Mutation::CameraStop { stream: stream() },
        Mutation::ConnectionAlive {
            server_request_id: "r".into(),
            client_session: "u".into(),
            network_rtt_ms: 12.0,
            application_rtt_ms: None,
        },
        Mutation::ActivitySign,
        Mutation::SetTalking { talking: true },
    ]
}

fn every_operation() -> impl Iterator<Item = &'static Operation> {
    let feeds = feeds().into_iter().flat_map(|feed| feed.operations());
    feeds.chain(mutations().into_iter().flat_map(|mutation| mutation.operations()))
}

fn schema(file: &str) -> Valid<Schema> {
    let shared = std::env::var_os("PREAU_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let path = shared.join("protocol").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| {
        panic!("BBB's schema is not at {}: set PREAU_SHARED to the folder that holds protocol/{file}", path.display())
    });
    Schema::parse_and_validate(text, file).unwrap_or_else(|errors| panic!("{file} is no schema: {}", errors.errors))
}

fn validate(schema: &Valid<Schema>, text: &str) -> Result<Valid<ExecutableDocument>, String> {
    ExecutableDocument::parse_and_validate(schema, text, "operation.graphql").map_err(|bad| bad.errors.to_string())
}

/// Not in the action file, required by some 3.0 servers (`media.md` §2.6).
fn known_exception(operation: &Operation) -> bool {
    operation.name == "CameraBroadcastStart" && operation.text.contains("contentType")
}

#[test]
fn every_operation_we_send_is_valid_on_bbb_3_0() {
    let schema = schema("schema-3.0.graphql");
    let mut checked = 0;
    for operation in every_operation().filter(|operation| !known_exception(operation)) {
        let document = validate(&schema, operation.text);
        let document = document.unwrap_or_else(|errors| panic!("{}:\n{errors}", operation.name));
        let roots = document.operations.iter().map(|operation| operation.selection_set.selections.len());
        assert_eq!(roots.collect::<Vec<_>>(), [1], "{}: one root field", operation.name);
        if operation.name.starts_with(PATCHED) {
            let plain = operation.text.replacen(PATCHED, "", 1);
            validate(&schema, &plain).unwrap_or_else(|errors| panic!("{plain}:\n{errors}"));
        }
        checked += 1;
    }
    assert!(checked >= 45, "{checked}");
}

#[test]
fn everything_sent_before_joining_is_valid_in_the_prejoin_role() {
    let schema = schema("schema-3.0-prejoin.graphql");
    let feeds = feeds().into_iter().filter(Feed::before_joining).flat_map(|feed| feed.operations());
    let join = Mutation::UserJoin { auth_token: "a".into() };
    let mut checked = 0;
    for operation in feeds.chain(join.operations()).chain(Mutation::Leave.operations()) {
        validate(&schema, operation.text).unwrap_or_else(|errors| panic!("{}:\n{errors}", operation.name));
        checked += 1;
    }
    assert_eq!(checked, 6);
}

#[test]
fn every_feed_and_mutation_has_words_a_4_0_server_understands() {
    let schema = schema("schema-4.0.graphql");
    let understood = |operations: &[Operation]| operations.iter().any(|op| validate(&schema, op.text).is_ok());
    for feed in feeds() {
        assert!(understood(feed.operations()), "{feed:?}");
    }
    for mutation in mutations() {
        assert!(understood(mutation.operations()), "{mutation:?}");
    }
}

#[test]
fn the_last_words_of_a_feed_ask_for_nothing_that_only_late_3_0_knows() {
    fn late(set: &SelectionSet) -> Option<String> {
        set.selections.iter().find_map(|selection| match selection {
            Selection::Field(field) => {
                let told = field.definition.description.as_ref().is_some_and(|text| text.contains("Late 3.0 only"));
                if told { Some(field.name.to_string()) } else { late(&field.selection_set) }
            }
            _ => None,
        })
    }
    for file in ["schema-3.0.graphql", "schema-3.0-prejoin.graphql"] {
        let schema = schema(file);
        for feed in feeds().into_iter().filter(|feed| file == "schema-3.0.graphql" || feed.before_joining()) {
            let last = feed.operations().last().unwrap();
            let document = validate(&schema, last.text).unwrap();
            let found = document.operations.iter().find_map(|operation| late(&operation.selection_set));
            assert_eq!(found, None, "{feed:?}");
        }
    }
}

#[test]
fn texts_keep_the_rules_of_the_middleware() {
    for operation in every_operation() {
        let Operation { name, text, root } = operation;
        let kind = text.split(' ').next().unwrap();
        assert!(matches!(kind, "subscription" | "query" | "mutation"), "{name}");
        let rest = text.strip_prefix(kind).unwrap().trim_start();
        assert!(rest.starts_with(name), "{name} must be the name inside the text");
        assert!(rest[name.len()..].starts_with([' ', '(']), "{name}");
        assert!(text.len() <= 5000 && !text.contains('\n'), "{name}");
        let depth = text.chars().scan(0_i32, |depth, c| {
            *depth += i32::from(c == '{') - i32::from(c == '}');
            Some(*depth)
        });
        assert!(depth.max().unwrap() <= 6, "{name}");
        let after = text.split_once('{').unwrap().1.trim_start();
        assert!(after.starts_with(root), "{name} must begin with {root}");
        if root.ends_with("_stream") {
            assert!(text.contains("_stream(") && text.contains("cursor: {"), "{name}");
            assert!(!name.starts_with(PATCHED), "{name}: streams are never patched");
        }
        if name.starts_with(PATCHED) {
            assert_eq!(kind, "subscription", "{name}");
            assert!(!text.contains("_aggregate"), "{name}");
        }
    }
}

#[test]
fn mutations_pass_plain_variables_only_and_declare_them_all() {
    for mutation in mutations() {
        let variables = mutation.variables();
        for operation in mutation.operations() {
            let call = operation.text.split_once('{').unwrap().1;
            let arguments = call.split_once('(').map_or("", |(_, rest)| rest.split_once(')').unwrap().0);
            for argument in arguments.split(',').map(str::trim).filter(|argument| !argument.is_empty()) {
                let (name, value) = argument.split_once(": ").unwrap();
                let variable = value.strip_prefix('$').unwrap();
                assert!(variables.get(variable).is_some(), "{}: {name}", operation.name);
                assert!(operation.text.contains(&format!("${variable}:")), "{}: {name}", operation.name);
            }
        }
    }
}

#[test]
fn before_joining_only_names_on_the_allow_list_are_used() {
    let allowed = ["getGuestLobbyInfo", "userCurrentSubscription", "Patched_userCurrentSubscription"];
    for feed in feeds().iter().filter(|feed| feed.before_joining()) {
        for operation in feed.operations() {
            assert!(allowed.contains(&operation.name), "{}", operation.name);
        }
    }
}
