//! What the command line may say.

use clap::Parser;

/// Préau, a desktop client for BigBlueButton classes.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "preau", version)]
pub(crate) struct Arguments {
    /// Enter the practice class on this machine at once.
    #[arg(long, conflicts_with = "join")]
    pub(crate) practice: bool,
    /// Enter the class behind this link at once.
    #[arg(long, value_name = "URL")]
    pub(crate) join: Option<String>,
    /// Name of the teacher in the practice class.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Use this camera (`synthetic:face`, `synthetic:y4m:FILE`, or an id of the system).
    #[arg(long, value_name = "ID")]
    pub(crate) camera: Option<String>,
    /// Use this microphone (`synthetic:wav:FILE`, or an id of the system).
    #[arg(long, value_name = "ID")]
    pub(crate) microphone: Option<String>,
    /// Pupils of the practice class.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=60))]
    pub(crate) pupils: u32,
    /// Keep settings in this folder instead of the system's.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) config: Option<std::path::PathBuf>,
}

impl Arguments {
    /// The synthetic devices named on the command line, as [`devices::SyntheticSet`] reads them.
    pub(crate) fn synthetic(&self) -> String {
        let named = [&self.camera, &self.microphone].into_iter().flatten();
        named.filter(|id| id.starts_with("synthetic:")).cloned().collect::<Vec<_>>().join(";")
    }
}
