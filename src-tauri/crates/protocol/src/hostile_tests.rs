//! Everything that reads what others wrote, fed with damaged messages. The seed is fixed, so a failure replays.

use crate::graphql::{Feed, Init, Session, SessionEvent};
use crate::http::{Address, ApiIndex, StaticData, Stuns, judge_page, judge_redirect, parse_link};
use crate::sfu::{Medium, Reply, Request};
use url::Url;

/// Knuth's MMIX generator; good enough to damage texts.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    /// Cuts, doubles, swaps and overwrites pieces.
    fn damage(&mut self, text: &str) -> String {
        const PIECES: [&str; 16] = [
            "",
            "\u{0}",
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ":",
            "null",
            "-1",
            "1e999",
            "é\u{202e}",
            "%00",
            "\r\n",
            "<script>",
        ];
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.roll(4) {
            let (from, to) = (self.roll(chars.len() + 1), self.roll(chars.len() + 1));
            let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 40));
            let piece: Vec<char> = match self.roll(3) {
                0 => chars[from..to].iter().copied().cycle().take((to - from) * 2).collect(),
                1 => Vec::new(),
                _ => PIECES[self.roll(PIECES.len())].chars().collect(),
            };
            chars.splice(from..to, piece);
        }
        chars.into_iter().collect()
    }
}

const MESSAGES: [&str; 7] = [
    r#"{"type":"connection_ack"}"#,
    r#"{"type":"ping","payload":{"message":"keepalive"}}"#,
    r#"{"id":"7c3a9e10-5b2d-4f6e-8a41-000000000001","type":"next","payload":{"data":{"user":[{"userId":"w_1","name":"Ada","cameras":[{"streamId":"w_1_u_c"}],"__typename":"user"}]}}}"#,
    r#"{"id":"7c3a9e10-5b2d-4f6e-8a41-000000000001","type":"next","payload":{"data":{"patch":[{"op":"replace","path":"/0/raiseHand","value":true},{"op":"add","path":"/1","value":{"userId":"b"}},{"op":"move","from":"/1","path":"/0"}],"user":[]}}}"#,
    r#"{"id":"7c3a9e10-5b2d-4f6e-8a41-000000000001","type":"error","payload":[{"message":"field 'x' not found in type: 'user'"}]}"#,
    r#"{"id":"7c3a9e10-5b2d-4f6e-8a41-000000000001","type":"complete"}"#,
    r#"{"id":"-1","type":"error","payload":[{"messageId":"meeting_not_found","message":"gone"}]}"#,
];

const BODIES: [&str; 5] = [
    r#"{"meeting":[{"meetingId":"m-1","name":"Chemistry","createdTime":1767605000123,"usersPolicies":{"maxUsers":3},"clientSettings":{"clientSettingsJson":{"public":{"kurento":{"cameraProfiles":[{"id":"low","bitrate":100}]},"stats":{"interval":10000}}}}}]}"#,
    r#"{"response":{"returncode":"SUCCESS","bbbVersion":"3.0.19","graphqlWebsocketUrl":"wss://h.example/graphql"}}"#,
    r#"{"stunServers":[{"url":"stun:h:3478"}],"turnServers":[{"username":"u","password":"p","url":"turns:h:443","ttl":86400}]}"#,
    "<response><returncode>FAILED</returncode><errors><error key=\"checksumError\" message=\"a &amp; b\"/></errors></response>",
    "<?xml version=\"1.0\"?><response><returncode>SUCCESS</returncode><url><![CDATA[https://h.example/html5client/?sessionToken=a]]></url></response>",
];

const LINKS: [&str; 4] = [
    "https://h.example/bbb-01/html5client/?sessionToken=ai1wqj8wb6s7rnk0&shouldWaitForLayout=false",
    "https://h.example/bigbluebutton/api/join?fullName=Ada+L&role=VIEWER&checksum=8fe2f801c072cb866a623554675af588fee9afa4",
    "/?errors=%5B%7B%22key%22%3A%22checksumError%22%2C%22message%22%3A%22m%22%7D%5D",
    "Bonjour : <http://127.0.0.1:8080/b/ada-x7k>.",
];

const SIGNALS: [&str; 5] = [
    r#"{"type":"video","role":"share","id":"startResponse","cameraId":"w_1_u_c","sdpAnswer":"v=0"}"#,
    r#"{"type":"screenshare","id":"stopSharing","error":{"code":2211,"reason":"MEDIA_NOT_FLOWING"}}"#,
    r#"{"type":"audio","id":"error","role":"sendrecv","code":"2301","message":"SFU_UNAUTHORIZED"}"#,
    r#"{"id":"start","type":"audio","role":"sendrecv","clientSessionNumber":1,"extension":null,"transparentListenOnly":true}"#,
    r#"{"id":"pong"}"#,
];

#[test]
fn damaged_messages_harm_no_session() {
    let mut dice = Dice(1);
    let init = Init { token: "t".into(), client_session: "u".into() };
    for _ in 0..200 {
        let mut session = Session::new(init.clone());
        session.open(Feed::PeoplePage { page: 0, search: "".into() }).unwrap();
        let mut newest = "000000000001".to_owned();
        for _ in 0..100 {
            let message = MESSAGES[dice.roll(MESSAGES.len())].replace("000000000001", &newest);
            let text = if dice.roll(4) == 0 { message } else { dice.damage(&message) };
            let mut out = Vec::new();
            session.receive(&text, &mut out);
            assert!(out.len() <= 5);
            assert!(session.feeds().count() <= 1);
            for event in out {
                if let SessionEvent::Send(text) = event
                    && let Some(at) = text.find("-8a41-").filter(|_| text.contains("subscribe"))
                {
                    newest = text[at + 6..at + 18].to_owned();
                }
            }
        }
    }
}

#[test]
fn damaged_answers_and_links_harm_nothing() {
    let mut dice = Dice(2);
    let at = Address::new(Url::parse("https://h.example/bigbluebutton/api/join").unwrap()).unwrap();
    for _ in 0..10_000 {
        let body = dice.damage(BODIES[dice.0 as usize % BODIES.len()]);
        let _ = (StaticData::parse(&body), ApiIndex::parse(&body), Stuns::parse(&body), judge_page(&at, &body));
        let link = dice.damage(LINKS[dice.0 as usize % LINKS.len()]);
        let _ = (parse_link(&link), judge_redirect(&at, &link), crate::time::unix_ms(&link));
    }
}

#[test]
fn damaged_signalling_harms_nothing() {
    let mut dice = Dice(3);
    for _ in 0..10_000 {
        let text = dice.damage(SIGNALS[dice.0 as usize % SIGNALS.len()]);
        for medium in [Medium::Video, Medium::Screenshare, Medium::Audio] {
            let _ = Reply::parse(medium, &text);
        }
        let _ = Request::parse(&text);
    }
}
