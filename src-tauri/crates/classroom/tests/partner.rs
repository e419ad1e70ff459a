//! Our own protocol crate and this server understand each other, whichever release it imitates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use classroom::{ClassroomConfig, Quirks, Role, ServerVersion};
use common::{class, follow};
use protocol::graphql::{Feed, FeedData, Init, Mutation, Session, SessionEvent};
use protocol::ids::{MutationId, SessionToken};
use tokio::time::timeout;

/// Runs the session until the events fit; refused feeds and dropped messages are failures.
async fn until(
    socket: &mut common::Socket,
    session: &mut Session,
    seen: &mut Vec<SessionEvent>,
    fits: impl Fn(&[SessionEvent]) -> bool,
) {
    let wait = async {
        while !fits(seen) {
            let text = socket.next().await.to_string();
            let mut events = Vec::new();
            session.receive(&text, &mut events);
            for event in events {
                match &event {
                    SessionEvent::Send(text) => socket.send_text(text).await,
                    SessionEvent::Refused(feed) => panic!("{feed:?} is refused"),
                    SessionEvent::Dropped(why) => panic!("dropped: {why}: {text}"),
                    _ => {}
                }
                seen.push(event);
            }
        }
    };
    let waited = timeout(Duration::from_secs(10), wait).await;
    assert!(waited.is_ok(), "only saw {seen:?}");
}

fn has(events: &[SessionEvent], fits: impl Fn(&FeedData) -> bool) -> bool {
    events.iter().any(|event| matches!(event, SessionEvent::Data(data) if fits(data)))
}

#[tokio::test]
async fn every_feed_is_served_and_every_mutation_is_taken() {
    for version in [ServerVersion::V3_0Late, ServerVersion::V3_0_0] {
        let quirks = Quirks { version, ..Quirks::default() };
        let class = class(ClassroomConfig { quirks, ..ClassroomConfig::default() }).await;
        let ticket = follow(&class.join_url("Mme Martin", Role::Moderator)).await;
        let mut socket = ticket.graphql().await.unwrap();
        let token = SessionToken::new(ticket.token.clone());
        let mut session = Session::new(Init { token, client_session: "0f3f2a52".into() });
        let mut seen = Vec::new();
        socket.send_text(&session.hello()).await;
        until(&mut socket, &mut session, &mut seen, |seen| seen.contains(&SessionEvent::Ready)).await;
        socket.send_text(&session.open(Feed::Me).unwrap()).await;
        until(&mut socket, &mut session, &mut seen, |seen| has(seen, |data| matches!(data, FeedData::Me(_)))).await;
        let auth = seen
            .iter()
            .find_map(|event| match event {
                SessionEvent::Data(FeedData::Me(me)) => me.auth_token.clone(),
                _ => None,
            })
            .unwrap();
        let join = session.mutate(MutationId(1), &Mutation::UserJoin { auth_token: auth });
        socket.send_text(&join).await;
        let joined = |data: &FeedData| matches!(data, FeedData::Me(me) if me.joined == Some(true));
        until(&mut socket, &mut session, &mut seen, |seen| has(seen, joined)).await;
        let since = || "2020-01-01T00:00:00.000Z".to_owned();
        let feeds = [
            Feed::MeFull,
            Feed::Meeting,
            Feed::PeopleCount,
            Feed::PeoplePage { page: 0, search: "".into() },
            Feed::PeoplePage { page: 0, search: "mart".into() },
            Feed::Hands,
            Feed::Chats,
            Feed::ChatPage { offset: 0, limit: 50 },
            Feed::ChatStream { since: since() },
            Feed::Typing,
            Feed::Voice,
            Feed::Cameras,
            Feed::Screen,
            Feed::Recording,
            Feed::Notices { since: since() },
            Feed::ServerTime,
        ];
        for feed in feeds {
            socket.send_text(&session.open(feed).unwrap()).await;
        }
        let say = session.mutate(MutationId(2), &Mutation::SendChat { text: "Bonjour".into() });
        socket.send_text(&say).await;
        let alive = Mutation::ConnectionAlive {
            server_request_id: "r".into(),
            client_session: "u".into(),
            network_rtt_ms: 3.0,
            application_rtt_ms: None,
        };
        socket.send_text(&session.mutate(MutationId(3), &alive)).await;
        let wanted: [fn(&FeedData) -> bool; 10] = [
            |data| matches!(data, FeedData::MeFull(_)),
            |data| matches!(data, FeedData::Meeting(_)),
            |data| matches!(data, FeedData::PeopleCount(1)),
            |data| matches!(data, FeedData::PeoplePage { rows, .. } if rows.len() == 1),
            |data| matches!(data, FeedData::Hands(_)),
            |data| matches!(data, FeedData::Chats(_)),
            |data| matches!(data, FeedData::ChatPage { rows, .. } if rows.len() == 1),
            |data| matches!(data, FeedData::ChatStream(rows) if rows.len() == 1),
            |data| matches!(data, FeedData::Cameras(_)),
            |data| matches!(data, FeedData::Screen(_)),
        ];
        until(&mut socket, &mut session, &mut seen, |seen| wanted.iter().all(|fits| has(seen, fits))).await;
        let done = SessionEvent::Mutated(MutationId(3), Ok(()));
        until(&mut socket, &mut session, &mut seen, |seen| seen.contains(&done)).await;
        class.stop().await;
    }
}
