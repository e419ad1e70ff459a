//! What a class costs beside headless Chromium doing the same work, against the same practice server in a process of its
//! own: publish a camera (640×480 at 15, VP8) and Opus, receive N cameras, one peer connection a stream.

use e2e::browser::{Browser, FakeDevices};
use e2e::load::Reading;
use e2e::picture;
use e2e::place::{self, eventually};
use e2e::window::Window;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use xtask::desk::{Desk, Folder};
use xtask::process::Process;
use xtask::trouble::{Outcome, Trouble};

const COUNTS: [u32; 4] = [0, 4, 9, 16];
const SETTLES: Duration = Duration::from_secs(6);
const MEASURED: Duration = Duration::from_secs(20);

/// Counts every picture painted on a canvas, whatever paints it.
const COUNT_PAINTED: &str = r"
if (!window.painted) {
  window.painted = { frames: 0 };
  const count = (type, name) => {
    const real = type?.prototype?.[name];
    if (real) type.prototype[name] = function (...args) { window.painted.frames += 1; return real.apply(this, args); };
  };
  count(window.CanvasRenderingContext2D, 'putImageData');
  count(window.WebGLRenderingContext, 'drawArrays');
  count(window.WebGL2RenderingContext, 'drawArrays');
}
return window.painted.frames;";

/// Size of the first picture on view, in pixels of the page.
const TILE: &str = r"
const box = [...document.querySelectorAll('canvas')].map(c => c.getBoundingClientRect()).find(box => box.width > 60);
return box ? [Math.round(box.width), Math.round(box.height)] : null;";

/// What one side cost.
#[derive(Debug, Clone)]
struct Cost {
    cpu: f64,
    /// The same by process, most costly first.
    parts: String,
    pss_mb: f64,
    fps: f64,
}

impl Cost {
    fn new(before: &Reading, after: &Reading, seconds: f64, fps: f64) -> Self {
        let mut parts: Vec<(String, f64)> = after.by_name_since(before).into_iter().collect();
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let said = parts.iter().filter(|(_, used)| used / seconds >= 0.005);
        let parts: Vec<String> = said.map(|(name, used)| format!("{name} {:.0}%", used / seconds * 100.0)).collect();
        Self { cpu: after.cpu_since(before) / seconds, parts: parts.join(", "), pss_mb: after.pss_mb, fps }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let as_json = std::env::args().any(|arg| arg == "--json");
    // Counts may be named, to look at one of them.
    let named: Vec<u32> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    match bench(as_json, if named.is_empty() { &COUNTS } else { &named }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

async fn bench(as_json: bool, counts: &[u32]) -> Outcome<()> {
    let folder = Folder::new()?;
    let clip = folder.path().join("face.y4m");
    picture::write_y4m(&picture::face_clip(4, 150, 640, 480), 15, &clip)?;
    if !as_json {
        println!("  N   CPU  Chromium  ratio     PSS  Chromium  ratio   fps  Chromium");
    }
    for &n in counts {
        let (ours, tile) = ours(n, &clip).await?;
        let peer = chromium(n, &clip, tile).await?;
        let (cpu_ratio, pss_ratio) = (ours.cpu / peer.cpu, ours.pss_mb / peer.pss_mb);
        if as_json {
            let round = |x: f64| (x * 1000.0).round() / 1000.0;
            println!(
                "{}",
                json!({"n": n, "cpu": round(ours.cpu), "cpu_peer": round(peer.cpu), "cpu_ratio": round(cpu_ratio),
                    "pss_mb": round(ours.pss_mb), "pss_peer_mb": round(peer.pss_mb), "pss_ratio": round(pss_ratio),
                    "fps_drawn": round(ours.fps), "fps_peer": round(peer.fps)})
            );
        } else {
            println!(
                "{n:>3} {:>4.0}% {:>8.0}% {cpu_ratio:>6.2} {:>4.0} MB {:>6.0} MB {pss_ratio:>6.2} {:>5.1} {:>9.1}",
                ours.cpu * 100.0,
                peer.cpu * 100.0,
                ours.pss_mb,
                peer.pss_mb,
                ours.fps,
                peer.fps
            );
            println!("      here {}; there {}", ours.parts, peer.parts);
        }
    }
    Ok(())
}

/// The practice server outside of what is counted.
struct Server {
    _process: Process,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    link: String,
}

impl Server {
    fn start(cameras: u32) -> Outcome<Self> {
        // Every fifth pupil of the cast has no camera.
        let pupils = cameras + cameras.saturating_sub(1) / 4;
        let mut command = Command::new(place::program("classroom", "PREAU_CLASSROOM")?);
        command
            .args(["--pupils", &pupils.to_string(), "--links", "1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = Process::start("classroom", &mut command)?;
        let (input, output) = (process.child().stdin.take(), process.child().stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(Trouble::new("the practice server has no pipes"));
        };
        let mut server = Self { _process: process, input, output: BufReader::new(output), link: String::new() };
        server.link = server.line()?["links"][0].as_str().unwrap_or_default().to_owned();
        Ok(server)
    }

    /// Cameras published and people unmuted now.
    fn facts(&mut self) -> Outcome<Value> {
        writeln!(self.input, "facts").map_err(|error| Trouble::new(format!("the practice server is gone: {error}")))?;
        self.line()
    }

    async fn until(&mut self, what: &str, so: impl Fn(&Value) -> bool) -> Outcome<()> {
        eventually(what, Duration::from_secs(60), async || self.facts().is_ok_and(|facts| so(&facts)).then_some(()))
            .await
    }

    fn line(&mut self) -> Outcome<Value> {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .map_err(|error| Trouble::new(format!("the practice server is gone: {error}")))?;
        serde_json::from_str(&line)
            .map_err(|_| Trouble::new("the practice server ended; run `classroom` by hand to see why"))
    }
}

/// Costs the window, and how large one of its pictures is on the screen.
async fn ours(n: u32, clip: &Path) -> Outcome<(Cost, (u64, u64))> {
    let mut server = Server::start(n)?;
    server.until("all pupils' cameras", |facts| facts["cameras"] == n).await?;
    let desk = Desk::start()?;
    let camera = format!("synthetic:y4m:{}", clip.display());
    let window = Window::open(&desk, "en", &["--join", &server.link, "--camera", &camera]).await?;
    server.until("the teacher in class", |facts| facts["teacher"]["in_voice"] == true).await?;
    window.the("button", "Leave").await?;
    if server.facts()?["teacher"]["muted"] == true {
        window.keys(&["Ctrl", "m"]).await?;
        server.until("an open microphone", |facts| facts["teacher"]["muted"] == false).await?;
    }
    window.keys(&["Ctrl", "e"]).await?;
    server.until("the own camera", |facts| facts["cameras"] == n + 1).await?;
    if n > 0 {
        let painting = async || (window.script(COUNT_PAINTED, &[]).await.ok()?.as_u64()? > 30).then_some(());
        eventually("painted faces", Duration::from_secs(30), painting).await?;
    }
    let process = window.process()?;
    tokio::time::sleep(SETTLES).await;
    let painted = async || Ok::<_, Trouble>(window.script(COUNT_PAINTED, &[]).await?.as_f64().unwrap_or(0.0));
    let first = painted().await?;
    let (before, began) = (Reading::of(process), Instant::now());
    tokio::time::sleep(MEASURED).await;
    let (after, seconds) = (Reading::of(process), began.elapsed().as_secs_f64());
    // The own picture is painted too.
    let fps = (painted().await? - first) / seconds / f64::from(n + 1);
    desk.display.shot(&place::artefact(&format!("bench/window-{n}.png"))?)?;
    let size = window.script(TILE, &[]).await?;
    window.close().await?;
    let tile = (size[0].as_u64().unwrap_or(320), size[1].as_u64().unwrap_or(240));
    Ok((Cost::new(&before, &after, seconds, fps), tile))
}

/// Costs Chromium, whose page shows as many pictures, as large as the window's.
async fn chromium(n: u32, clip: &Path, (width, height): (u64, u64)) -> Outcome<Cost> {
    let mut server = Server::start(n)?;
    server.until("all pupils' cameras", |facts| facts["cameras"] == n).await?;
    let mut browser = Browser::open(FakeDevices { camera: Some(clip), microphone: None }).await?;
    browser.follow(&server.link).await?;
    browser.evaluate("classmate.enter()").await?;
    browser.evaluate("classmate.speak()").await?;
    browser.evaluate("classmate.setMuted(false)").await?;
    browser.evaluate("document.body.replaceChildren(); document.body.style.margin = 0").await?;
    browser.evaluate(&format!("classmate.watchOneself({width}, {height})")).await?;
    browser.evaluate("classmate.showFace()").await?;
    browser.evaluate(&format!("classmate.watch({n}, {width}, {height})")).await?;
    browser
        .until(&format!("classmate.report().faces.filter(f => f.drawn > 5).length >= {n}"), Duration::from_secs(60))
        .await?;
    tokio::time::sleep(SETTLES).await;
    const DRAWN: &str = "classmate.report().faces.reduce((sum, face) => sum + face.drawn, 0)";
    let first = browser.evaluate(DRAWN).await?.as_f64().unwrap_or(0.0);
    let (before, began) = (Reading::of(browser.process()), Instant::now());
    tokio::time::sleep(MEASURED).await;
    let (after, seconds) = (Reading::of(browser.process()), began.elapsed().as_secs_f64());
    let drawn = browser.evaluate(DRAWN).await?.as_f64().unwrap_or(0.0) - first;
    Ok(Cost::new(&before, &after, seconds, drawn / seconds / f64::from(n.max(1))))
}
