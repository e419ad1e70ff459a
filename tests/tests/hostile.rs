//! Hostile links, servers, messages, descriptions and files: nothing panics, nothing hangs, nothing reaches the page as
//! HTML, and the client is of use afterwards.
#![cfg(target_os = "linux")]

use classroom::{Classroom, ClassroomConfig, Role};
use client::{Client, ClientConfig, Event, JoinOrder};
use devices::{CameraFormat, Devices, SilentDevices, SyntheticSet, SystemDevices};
use e2e::place::{artefact, eventually};
use e2e::window::Window;
use engine::{Engine, EngineConfig, FrameSink, IceServers, LegMedia, LegSpec};
use media::I420;
use meeting::view::{Change, Stage};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use xtask::desk::{Desk, Folder};
use xtask::trouble::{Outcome, Trouble};

/// Longest time a hostile server may keep a person waiting for a sentence.
const PATIENCE: Duration = Duration::from_secs(45);

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// A panic in any task or thread counts, also where it would be swallowed.
fn count_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            before(info);
        }));
    });
}

struct Nowhere;

impl FrameSink for Nowhere {
    fn deliver(&self, _: u32, _: Arc<I420>, _: u32) -> bool {
        true
    }
}

struct Person {
    client: Client,
    events: mpsc::Receiver<Event>,
    _folder: Folder,
}

fn person() -> Outcome<Person> {
    let folder = Folder::new()?;
    // What was kept may have been damaged by anything.
    std::fs::write(folder.path().join("settings.json"), b"\xff{\"recent\":[[[[{]")
        .map_err(|e| Trouble::file("write", folder.path(), &e))?;
    let (client, events) = Client::start(ClientConfig {
        devices: Arc::new(SilentDevices),
        frames: Arc::new(Nowhere),
        runtime: tokio::runtime::Handle::current(),
        folder: folder.path().to_owned(),
        camera: None,
        microphone: None,
    })
    .map_err(|error| Trouble::new(error.to_string()))?;
    Ok(Person { client, events, _folder: folder })
}

impl Person {
    /// Waits for a change of the view that is so.
    async fn sees(&mut self, what: &str, so: impl Fn(&Change) -> bool) -> Outcome<()> {
        let wait = async {
            while let Some(event) = self.events.recv().await {
                if matches!(&event, Event::Change(change) if so(change)) {
                    return true;
                }
            }
            false
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Trouble::new(format!("the client ended before {what}"))),
            Err(_) => Err(Trouble::new(format!("{what} did not come in {} s", PATIENCE.as_secs()))),
        }
    }

    async fn is_told_why(&mut self, link: &str) -> Outcome<()> {
        self.client.join(JoinOrder::quietly(link));
        let shown: String = link.chars().take(60).collect();
        // Either it is over, with a reason, or the person sees when the next attempt comes.
        let told = |change: &Change| {
            matches!(change, Change::Stage(Stage::Ended { .. }))
                || matches!(change, Change::Link(link) if link.retry_at.is_some())
        };
        self.sees(&format!("a reason for {shown:?}"), told).await?;
        self.client.close_class();
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_link_is_refused_with_a_reason() {
    count_panics();
    let mut person = person().unwrap();
    let long = format!("https://school.example/{}", "a".repeat(1 << 20));
    let links = [
        "",
        " \t\n",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,<script>alert(1)</script>",
        "ftp://school.example/x",
        "https://",
        "https://[::1",
        "https://user:secret@127.0.0.1:1/html5client/?sessionToken=abc",
        "http://127.0.0.1:1/x\r\nX-Evil: 1",
        "https://school.example\u{202e}/gro.live",
        "https://127.0.0.1:1/html5client/?sessionToken=\u{0}",
        "https://127.0.0.1:99999/",
        &long,
    ];
    for link in links {
        person.is_told_why(link).await.unwrap();
    }
    person.client.stop().await;
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    println!("{} links", links.len());
}

/// What the hostile server does after the join link, by the first part of the path.
const SERVERS: &[&str] = &[
    "loop",
    "to-file",
    "to-script",
    "silent",
    "endless",
    "half",
    "not-http",
    "bad-json",
    "deep-json",
    "wrong-types",
    "no-class",
    "cookie",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_server_cannot_hold_or_break_the_client() {
    count_panics();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let here = base.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, here.clone()));
        }
    });
    // At once: each may take as long as the longest patience of the client.
    let visits = SERVERS.iter().map(|case| {
        let link = format!("{base}/{case}/bigbluebutton/api/join?meetingID=x&checksum=y");
        async move {
            let mut person = person()?;
            person.is_told_why(&link).await.map_err(|trouble| Trouble::new(format!("{case}: {trouble}")))?;
            person.client.stop().await;
            Ok::<_, Trouble>(())
        }
    });
    for result in futures_util::future::join_all(visits).await {
        result.unwrap();
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    println!("{} servers", SERVERS.len());
}

/// Answers one request as that case wants; errors mean that the client has gone.
async fn serve(mut stream: TcpStream, base: String) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut part).await?;
        if count == 0 {
            return Ok(());
        }
        request.extend(&part[..count]);
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    let case = path.split('/').nth(1).unwrap_or_default();
    let client_page = format!("{base}/{case}/html5client/?sessionToken=abcdefghijklmnop");
    let redirect = |to: &str, more: &str| {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n")
    };
    let json = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let answer = match case {
        "loop" => redirect(&format!("{base}{path}"), ""),
        "to-file" => redirect("file:///etc/passwd", ""),
        "to-script" => redirect("javascript:alert(1)", ""),
        "silent" => {
            // Says nothing until the client gives up.
            let _ = stream.read(&mut part).await?;
            return Ok(());
        }
        "endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'x'; 65_536]).await?;
            }
        }
        "half" => "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n<html>".to_owned(),
        "not-http" => "\u{0}\u{1}\u{2} no HTTP at all\r\n\r\n".to_owned(),
        _ if path.contains("/api/join") => {
            let cookies = if case == "cookie" {
                format!("Set-Cookie: JSESSIONID={}\r\n", "c".repeat(60_000))
            } else {
                String::new()
            };
            redirect(&client_page, &cookies)
        }
        "bad-json" => json("{\"response\": {\"returncode\": \"SUCCESS\", "),
        "deep-json" => json(&"[".repeat(200_000)),
        "wrong-types" => json(
            r#"{"response":{"returncode":7,"bbbVersion":[],"graphqlWebsocketUrl":{"a":1},"graphqlApiUrl":null},"meeting":"none"}"#,
        ),
        _ if path.contains("/bigbluebutton/api") && !path.contains("stuns") => json(&format!(
            r#"{{"response":{{"returncode":"SUCCESS","version":"2.0","graphqlWebsocketUrl":"ws://127.0.0.1:1/graphql","graphqlApiUrl":"{base}/{case}/api/rest"}}}}"#
        )),
        _ => json(r#"{"meeting":[]}"#),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_control_message_changes_nothing() {
    count_panics();
    let classroom = Classroom::start(ClassroomConfig::default()).await.unwrap();
    let mut person = person().unwrap();
    person.client.join(JoinOrder::quietly(classroom.join_url("Alice", Role::Moderator)));
    person.sees("the class", |change| matches!(change, Change::Stage(Stage::InClass))).await.unwrap();
    let deep = format!("{{\"type\":\"next\",\"id\":\"1\",\"payload\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let long =
        format!("{{\"type\":\"next\",\"id\":\"1\",\"payload\":{{\"data\":{{\"user\":\"{}\"}}}}}}", "x".repeat(2 << 20));
    let mut nonsense: Vec<String> = [
        "",
        "{",
        "null",
        "[]",
        "7",
        "\"next\"",
        "{\"type\":\"next\"}",
        "{\"type\":\"never heard of\"}",
        "{\"type\":\"next\",\"id\":7,\"payload\":{}}",
        "{\"type\":\"error\",\"id\":\"-1\",\"payload\":\"?\"}",
        "{\"type\":\"error\",\"id\":\"nobody\",\"payload\":[]}",
        "{\"type\":\"complete\",\"id\":\"nobody\"}",
        "{\"type\":\"ping\",\"payload\":{\"message\":{\"a\":[1e999]}}}",
        "{\"type\":\"connection_ack\"}",
        "<html><body>502 Bad Gateway</body></html>",
    ]
    .map(str::to_owned)
    .to_vec();
    // Patches and rows for whichever subscriptions are open.
    for id in 1..=40 {
        nonsense.push(format!(r#"{{"id":"{id}","type":"next","payload":{{"data":{{"patch":[{{"op":"remove","path":"/999/x"}},{{"op":"move","from":"/7","path":"/-"}}],"user":[]}}}}}}"#));
        nonsense.push(format!(r#"{{"id":"{id}","type":"next","payload":{{"data":{{"user_current":[{{"userId":[],"joined":"yes","ejected":2}}],"chat_message_public":{{}}}}}}}}"#));
    }
    nonsense.extend([deep, long]);
    for text in &nonsense {
        classroom.say_nonsense(text);
    }
    // It may have had to come back; what is said afterwards arrives.
    let end = tokio::time::Instant::now() + PATIENCE;
    let mut number = 0;
    loop {
        number += 1;
        let text = format!("still here {number}");
        classroom.chat("Alice", &text);
        let arrives = person.sees(
            "a message",
            |change| matches!(change, Change::Chat(chat) if chat.upsert.iter().any(|m| m.text == text)),
        );
        if matches!(tokio::time::timeout(Duration::from_secs(3), arrives).await, Ok(Ok(()))) {
            break;
        }
        assert!(tokio::time::Instant::now() < end, "nothing arrives any more");
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    person.client.stop().await;
    classroom.stop().await;
    println!("{} messages", nonsense.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_session_description_is_an_error() {
    count_panics();
    let (engine, _events) =
        Engine::start(EngineConfig { devices: Arc::new(SilentDevices), frames: Arc::new(Nowhere) }).unwrap();
    let head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n";
    let audio = "m=audio 7 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 127.0.0.1\r\na=rtpmap:111 opus/48000/2\r\na=mid:0\r\na=sendrecv\r\na=setup:actpass\r\n\
                 a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=rtcp-mux\r\n";
    let descriptions = [
        String::new(),
        "\u{0}\u{0}\u{0}".to_owned(),
        "v=0".to_owned(),
        head.to_owned(),
        format!("{head}{audio}"),
        format!("{head}a=fingerprint:sha-256 AA\r\n{audio}"),
        format!("{head}a=fingerprint:md5 AA:BB\r\n{audio}"),
        format!("{head}a=fingerprint:sha-256 {}\r\n{audio}", "zz:".repeat(40)),
        format!("{head}{}", "m=audio 99999 X 1\r\n".repeat(5_000)),
        format!("{head}{}", "a=".repeat(200_000)),
    ];
    for (number, description) in descriptions.iter().enumerate() {
        let spec = LegSpec {
            id: u32::try_from(number).unwrap(),
            media: LegMedia::Audio { send: false },
            ice: IceServers::default(),
        };
        let answer = tokio::time::timeout(PATIENCE, engine.answer(spec, description)).await;
        assert!(matches!(answer, Ok(Err(_))), "description {number} was taken: {answer:?}");
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    println!("{} descriptions", descriptions.len());
}

#[test]
fn a_hostile_file_is_refused_or_silent() {
    count_panics();
    let folder = Folder::new().unwrap();
    let file = |name: &str, bytes: &[u8]| -> std::path::PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let clips = [
        file("empty.y4m", b""),
        file("zero.y4m", b"YUV4MPEG2 W0 H0 F15:1\nFRAME\n"),
        file("huge.y4m", b"YUV4MPEG2 W4294967295 H4294967295 F1:0\nFRAME\n"),
        file("short.y4m", b"YUV4MPEG2 W640 H480 F15:1\nFRAME\nxx"),
        file("rate.y4m", b"YUV4MPEG2 W2 H2 F0:0\nFRAME \x00\nxxxxx"),
        file("endless.y4m", &[b'Y'; 100_000]),
    ];
    let sounds = [
        file("empty.wav", b""),
        file(
            "liar.wav",
            b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0data\xff\xff\xff\xff",
        ),
        file("chunks.wav", b"RIFF\x10\0\0\0WAVEfmt \xff\xff\xff\x7f"),
    ];
    let pages = [file("huge.ppm", b"P6\n4294967295 4294967295\n255\n"), file("text.ppm", b"P6 not a picture")];
    let ids = |kind: &str, files: &[std::path::PathBuf]| {
        files
            .iter()
            .map(|path: &std::path::PathBuf| format!("synthetic:{kind}:{}", Path::display(path)))
            .collect::<Vec<_>>()
    };
    let (cameras, microphones, screens) = (ids("y4m", &clips), ids("wav", &sounds), ids("page", &pages));
    let set: SyntheticSet = [cameras.clone(), microphones.clone(), screens.clone()].concat().join(";").parse().unwrap();
    let devices = SystemDevices::with_synthetic(set);
    let want = CameraFormat { width: 640, height: 480, fps: 15 };
    for id in &cameras {
        if let Ok(camera) = devices.open_camera(Some(id), want) {
            assert!(camera.frames.wait(Duration::from_millis(300)).is_none(), "{id} gave a picture");
        }
    }
    for id in &microphones {
        drop(devices.open_microphone(Some(id)));
    }
    for id in &screens {
        assert!(devices.still(id, 320, 240).is_err(), "{id} gave a picture");
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    println!("{} files", cameras.len() + microphones.len() + screens.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_messages_reach_the_page_as_text() {
    let desk = Desk::start().unwrap();
    let markup = r#"<img src=x onerror="window.harmed=1"><script>window.harmed=1</script><a href="javascript:window.harmed=1">b</a>"#;
    let classroom =
        Classroom::start(ClassroomConfig { name: markup.to_owned(), ..ClassroomConfig::default() }).await.unwrap();
    let link = classroom.join_url(&format!("<b>Alice</b>{markup}"), Role::Moderator);
    let window = Window::open(&desk, "en", &["--join", &link, "--camera", "synthetic:face"]).await.unwrap();
    assert!(classroom.wait_for(Duration::from_secs(30), |facts| facts.people.len() == 1).await);
    let name = classroom.facts().people[0].name.clone();
    let messages = [
        markup,
        "<style>*{display:none}</style>",
        "<iframe srcdoc='<script>parent.harmed=1</script>'></iframe>",
        "[x](javascript:window.harmed=1)",
        "javascript:window.harmed=1",
        "</p></div></body><h1>outside</h1>",
        "{{constructor.constructor('window.harmed=1')()}}",
        "![x](x \"onerror=1\")",
    ];
    for message in messages {
        classroom.chat(&name, message);
    }
    window.the("button", "Chat").await.unwrap();
    window.keys(&["Ctrl", "2"]).await.unwrap();
    window.says("</p></div></body><h1>outside</h1>").await.unwrap();
    desk.display.shot(&artefact("hostile/chat.png").unwrap()).unwrap();
    let strange = window
        .script("return document.querySelectorAll('img[src=x],iframe,script:not([src]),a[href^=javascript],body style ~ h1').length", &[])
        .await
        .unwrap();
    assert_eq!(strange, json!(0));
    let harmed = eventually("harm", Duration::from_secs(1), async || {
        (window.script("return window.harmed === 1", &[]).await.ok()? == true).then_some(())
    });
    assert!(harmed.await.is_err(), "a message ran as a script");
    window.close().await.unwrap();
    classroom.stop().await;
}
