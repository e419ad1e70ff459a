//! PulseAudio, and PipeWire where it speaks PulseAudio's protocol: a connection and a thread for each stream.
//!
//! Not through `cpal`: it asks for a buffer that the server fills up before each start (so that one late answer silences a
//! stream for good) or for two seconds of latency, and polls the latency on every callback.

mod stream;
mod wire;

use pulseaudio::protocol::{Command, ServerInfo, SinkInfo, SinkInfoList, SourceInfo, SourceInfoList};

use super::Direction;
use crate::{DeviceError, DeviceInfo};
pub(super) use stream::{microphone, speaker};
use wire::Wire;

const PREFIX: &str = "pulseaudio:";

pub(super) fn owns(id: &str) -> bool {
    id.starts_with(PREFIX)
}

/// The default first.
///
/// # Errors
/// [`DeviceError::Unsupported`] where no server runs.
pub(super) fn list(direction: Direction) -> Result<Vec<DeviceInfo>, DeviceError> {
    let mut wire = Wire::connect()?;
    let server: ServerInfo = wire.ask(&Command::GetServerInfo)?;
    let mut list: Vec<DeviceInfo> = match direction {
        Direction::In => {
            let sources: SourceInfoList = wire.ask(&Command::GetSourceInfoList)?;
            // The loopback of a sink is no microphone, not even where the server, for want of one, calls it the default.
            let real = sources.iter().filter(|s| s.monitor_of_sink_index.is_none());
            real.map(|s: &SourceInfo| info(&s.name, s.description.as_deref(), server.default_source_name.as_deref()))
                .collect()
        }
        Direction::Out => {
            let sinks: SinkInfoList = wire.ask(&Command::GetSinkInfoList)?;
            sinks
                .iter()
                // What a server without any card offers in place of one.
                .filter(|s| s.name.as_c_str() != c"auto_null")
                .map(|s: &SinkInfo| info(&s.name, s.description.as_deref(), server.default_sink_name.as_deref()))
                .collect()
        }
    };
    list.sort_by_key(|info| !info.is_default);
    Ok(list)
}

type Text = std::ffi::CStr;

fn info(name: &Text, description: Option<&Text>, default: Option<&Text>) -> DeviceInfo {
    DeviceInfo {
        id: format!("{PREFIX}{}", name.to_string_lossy()),
        name: description.unwrap_or(name).to_string_lossy().into_owned(),
        is_default: default == Some(name),
    }
}
