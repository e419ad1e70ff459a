//! The practice class: a small BBB on this machine and its cast, started when first entered.

use classroom::{CastConfig, Classroom, ClassroomConfig};
use tokio::sync::Mutex;

/// The teacher of somebody who has not said their name.
const TEACHER: &str = "Camille";

/// The practice class of this run.
pub(crate) struct Practice {
    pupils: u32,
    running: Mutex<Option<Classroom>>,
}

impl Practice {
    /// Nothing runs until somebody enters.
    pub(crate) fn new(pupils: u32) -> Self {
        Self { pupils, running: Mutex::new(None) }
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
        let classroom = Classroom::start(ClassroomConfig { cast, ..ClassroomConfig::default() }).await?;
        let link = classroom.join_url(if name.is_empty() { TEACHER } else { name }, classroom::Role::Moderator);
        *running = Some(classroom);
        Ok(link)
    }

    /// Ends the practice class, if it runs.
    pub(crate) async fn stop(&self) {
        if let Some(classroom) = self.running.lock().await.take() {
            classroom.stop().await;
        }
    }
}
