//! The practice class: a small BBB on this machine and its cast, started when first entered.

use classroom::{CastConfig, Classroom, ClassroomConfig};
use std::path::PathBuf;
use tokio::sync::Mutex;

/// The teacher of somebody who has not said their name.
const TEACHER: &str = "Camille";

/// The practice class of this run.
pub(crate) struct Practice {
    pupils: u32,
    /// Where the pupils' voices are kept once spoken.
    voices: PathBuf,
    running: Mutex<Option<Classroom>>,
}

impl Practice {
    /// Nothing runs until somebody enters.
    pub(crate) fn new(pupils: u32, voices: PathBuf) -> Self {
        Self { pupils, voices, running: Mutex::new(None) }
    }

    /// Opens a fresh practice class and returns the link by which its teacher enters.
    ///
    /// # Errors
    /// When the loopback server cannot start.
    pub(crate) async fn open(&self, name: &str) -> Result<String, classroom::StartError> {
        let mut running = self.running.lock().await;
        if let Some(old) = running.take() {
            old.stop().await;
        }
        let cast = if self.pupils == 0 { CastConfig::None } else { CastConfig::pupils(self.pupils) };
        let config = ClassroomConfig { cast, voices_dir: self.voices().await, ..ClassroomConfig::default() };
        let classroom = Classroom::start(config).await?;
        let link = classroom.join_url(if name.is_empty() { TEACHER } else { name }, classroom::Role::Moderator);
        *running = Some(classroom);
        Ok(link)
    }

    /// The pupils' voices, made now if they are not there; without them the pupils are silent.
    async fn voices(&self) -> Option<PathBuf> {
        let folder = self.voices.clone();
        let made = tokio::task::spawn_blocking(move || classroom::voices::ensure(&folder).map(|_| folder)).await;
        match made {
            Ok(Ok(folder)) => Some(folder),
            Ok(Err(error)) => {
                tracing::warn!(%error, "pupils are silent");
                None
            }
            Err(_) => None,
        }
    }

    /// Ends the practice class, if it runs.
    pub(crate) async fn stop(&self) {
        if let Some(classroom) = self.running.lock().await.take() {
            classroom.stop().await;
        }
    }
}
