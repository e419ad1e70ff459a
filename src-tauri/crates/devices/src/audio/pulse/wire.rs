//! One connection to the server: requests with answers, then messages as they come.

use std::env;
use std::ffi::CString;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use pulseaudio::protocol::{
    AuthParams, AuthReply, Command, CommandReply, CommandTag, DESCRIPTOR_SIZE, MAX_VERSION, Prop, Props, ProtocolError,
    PulseError, SetClientNameReply, TagStructReader, read_descriptor, write_command_message, write_memblock,
};

use crate::DeviceError;

/// How long the server may take to answer a request.
const PATIENCE: Duration = Duration::from_secs(4);

/// The server sends nothing larger; a length beyond it is not its protocol.
const MAX_MESSAGE: usize = 16 << 20;

/// The channel number of commands.
const COMMANDS: u32 = u32::MAX;

pub(super) struct Wire {
    socket: UnixStream,
    version: u16,
    sequence: u32,
    /// Body of the message read last.
    body: Vec<u8>,
}

/// What the server says of its own accord.
pub(super) enum Message<'a> {
    /// Sound recorded.
    Sound(&'a [u8]),
    /// This many bytes of sound are to be played.
    Wanted(usize),
    /// The stream's device is gone.
    Killed,
    /// An answer nobody waits for, or news that do not matter here.
    Other,
}

impl Wire {
    /// # Errors
    /// [`DeviceError::Unsupported`] where no server runs, [`DeviceError::Blocked`] where it refuses us.
    pub(super) fn connect() -> Result<Self, DeviceError> {
        let socket = paths().into_iter().find_map(|path| UnixStream::connect(path).ok());
        let socket = socket.ok_or(DeviceError::Unsupported)?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(|_| DeviceError::Driver)?;
        socket.set_write_timeout(Some(PATIENCE)).map_err(|_| DeviceError::Driver)?;
        let mut wire = Self { socket, version: MAX_VERSION, sequence: 0, body: Vec::new() };
        let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        let auth = AuthParams { version: MAX_VERSION, supports_shm: false, supports_memfd: false, cookie };
        let reply: AuthReply = wire.ask(&Command::Auth(auth))?;
        wire.version = reply.version.min(MAX_VERSION);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"Préau");
        props.set(Prop::ApplicationId, c"preau");
        if let Ok(pid) = CString::new(std::process::id().to_string()) {
            props.set(Prop::ApplicationProcessId, pid);
        }
        let _: SetClientNameReply = wire.ask(&Command::SetClientName(props))?;
        Ok(wire)
    }

    /// Sends a request and waits for its answer.
    pub(super) fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, DeviceError> {
        self.sequence += 1;
        let mut message = Vec::new();
        write_command_message(&mut message, self.sequence, command, self.version).map_err(|e| error(&e))?;
        self.socket.write_all(&message).map_err(gone)?;
        loop {
            if self.read()? != COMMANDS {
                continue;
            }
            let mut body = self.body.as_slice();
            let mut reader = TagStructReader::new(&mut body, self.version);
            let tag: CommandTag = reader.read_enum().map_err(|e| error(&e))?;
            let sequence = reader.read_u32().map_err(|e| error(&e))?;
            match tag {
                CommandTag::Reply if sequence == self.sequence => return reader.read().map_err(|e| error(&e)),
                CommandTag::Error if sequence == self.sequence => {
                    let reason: PulseError = reader.read_enum().map_err(|e| error(&e))?;
                    return Err(error(&ProtocolError::ServerError(reason)));
                }
                _ => {}
            }
        }
    }

    /// From here on [`Wire::next`] waits as long as it takes. What is returned ends the wait when it is shut down.
    pub(super) fn patient(&self) -> Result<UnixStream, DeviceError> {
        self.socket.set_read_timeout(None).map_err(gone)?;
        self.socket.try_clone().map_err(gone)
    }

    /// Waits for the next message.
    pub(super) fn next(&mut self) -> Result<Message<'_>, DeviceError> {
        if self.read()? != COMMANDS {
            return Ok(Message::Sound(&self.body));
        }
        Ok(match Command::read_tag_prefixed(&mut self.body.as_slice(), self.version) {
            Ok((_, Command::Request(request))) => Message::Wanted(request.length as usize),
            Ok((_, Command::PlaybackStreamKilled(_) | Command::RecordStreamKilled(_))) => Message::Killed,
            _ => Message::Other,
        })
    }

    /// Sends sound to be played.
    pub(super) fn play(&mut self, channel: u32, sound: &[u8]) -> Result<(), DeviceError> {
        // One write: a packet of its own for a header of 20 bytes would wake the server twice.
        self.body.clear();
        write_memblock(&mut self.body, channel, sound, 0).map_err(|e| error(&e))?;
        self.socket.write_all(&self.body).map_err(gone)
    }

    /// Reads one message into `body` and returns its channel.
    fn read(&mut self) -> Result<u32, DeviceError> {
        let mut head = [0; DESCRIPTOR_SIZE];
        self.socket.read_exact(&mut head).map_err(gone)?;
        let head = read_descriptor(&mut head.as_slice()).map_err(|e| error(&e))?;
        let length = head.length as usize;
        if length > MAX_MESSAGE {
            return Err(DeviceError::Driver);
        }
        self.body.resize(length, 0);
        self.socket.read_exact(&mut self.body).map_err(gone)?;
        Ok(head.channel)
    }
}

/// Where the server may listen. `PULSE_SERVER` alone counts where it is set; other computers' servers do not.
fn paths() -> Vec<PathBuf> {
    if let Some(server) = env::var("PULSE_SERVER").ok().filter(|s| !s.is_empty()) {
        let path = server.strip_prefix("unix:").unwrap_or(&server);
        return if path.starts_with('/') { vec![path.into()] } else { Vec::new() };
    }
    let under = |name: &str, rest: &str| Some(PathBuf::from(env::var_os(name)?).join(rest));
    let own = [under("PULSE_RUNTIME_PATH", "native"), under("XDG_RUNTIME_DIR", "pulse/native")];
    own.into_iter().flatten().chain(["/run/pulse/native".into()]).collect()
}

fn gone(_: std::io::Error) -> DeviceError {
    DeviceError::Gone
}

fn error(error: &ProtocolError) -> DeviceError {
    match error {
        ProtocolError::ServerError(reason) => match reason {
            PulseError::AccessDenied | PulseError::AuthKey => DeviceError::Blocked,
            PulseError::NoEntity | PulseError::Killed | PulseError::ConnectionTerminated => DeviceError::Gone,
            PulseError::Busy => DeviceError::Busy,
            PulseError::NotSupported | PulseError::Invalid => DeviceError::Format,
            _ => DeviceError::Driver,
        },
        ProtocolError::Io(_) => DeviceError::Gone,
        _ => DeviceError::Driver,
    }
}
