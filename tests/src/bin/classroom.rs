//! The practice server as a process of its own, so that a bench can leave it out of what it counts.
//!
//! Prints one JSON object: `address`, and `links` with as many join links as asked for; then one with what it knows for
//! each line of its input. Ends with its input.

use clap::Parser;
use classroom::{CastConfig, Classroom, ClassroomConfig, Role};
use serde_json::json;
use std::io::BufRead;
use std::process::ExitCode;
use std::time::Duration;

/// The practice server as a process of its own.
#[derive(Parser)]
struct Arguments {
    /// Pupils of the cast.
    #[arg(long, default_value_t = 0)]
    pupils: u32,
    /// Seconds within which they all come.
    #[arg(long, default_value_t = 2)]
    arrive: u64,
    /// Join links to print.
    #[arg(long, default_value_t = 2)]
    links: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let cast = match CastConfig::pupils(arguments.pupils) {
        CastConfig::Pupils { count, language, .. } if count > 0 => {
            CastConfig::Pupils { count, language, arrive_within: Duration::from_secs(arguments.arrive) }
        }
        _ => CastConfig::None,
    };
    let classroom = match Classroom::start(ClassroomConfig { cast, ..ClassroomConfig::default() }).await {
        Ok(classroom) => classroom,
        Err(error) => {
            eprintln!("the practice server cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let links: Vec<String> =
        (0..arguments.links).map(|n| classroom.join_url(&format!("Teacher {n}"), Role::Moderator)).collect();
    println!("{}", json!({"address": classroom.address().to_string(), "links": links}));
    let classroom = tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
            let facts = classroom.facts();
            let teacher = facts.people.iter().find(|person| person.moderator);
            let teacher = teacher.map(|me| json!({"in_voice": me.in_voice, "muted": me.muted}));
            println!("{}", json!({"people": facts.people.len(), "cameras": facts.cameras.len(), "teacher": teacher}));
        }
        classroom
    });
    if let Ok(classroom) = classroom.await {
        classroom.stop().await;
    }
    ExitCode::SUCCESS
}
