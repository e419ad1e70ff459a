//! Microphone, speaker, camera and screen behind one trait, [`Devices`], with synthetic twins of each.
//!
//! Invariant: a device is opened, read and closed here and nowhere else; this crate knows nothing of codecs, networks or
//! meetings, never retries and never falls back by itself. A device that stops reports [`DeviceFault::Gone`] once and is
//! silent from then on; what to do about it is decided above.
//!
//! Dropping a handle ([`Microphone`], [`Speaker`], [`Camera`], [`ScreenCapture`], [`Changes`]) stops the device.
//!
//! Sound is 48 kHz mono `f32` in `[-1, 1]` on both sides whatever the device speaks; pictures are [`media::I420`].

mod audio;
mod camera;
mod frames;
mod handle;
mod screen;
mod silent;
mod synthetic;
mod system;
mod types;
mod watch;
mod worker;

pub use frames::{CapturedFrame, FrameSlot, Frames, frames};
pub use handle::{Camera, Counter, Latency, Microphone, ScreenCapture, Speaker};
pub use silent::SilentDevices;
pub use synthetic::{SyntheticCamera, SyntheticMicrophone, SyntheticScreen, SyntheticSet, SyntheticSpeaker};
pub use system::SystemDevices;
pub use types::{CameraFormat, DeviceError, DeviceFault, DeviceInfo, ScreenKind, ScreenSource};
pub use watch::{Changes, Listing};

use media::I420;

/// Samples per second of every [`Microphone`] and [`Speaker`].
pub const RATE: u32 = 48_000;

/// The devices of one computer.
///
/// Every call may block for some hundred milliseconds (a sound server, a camera driver): keep it off async threads.
/// Lists put the default first where there is one. An id of `None` means the default, or the first where the system
/// names no default; ids stay the same over restarts, so they can be kept in settings.
pub trait Devices: Send + Sync {
    /// Microphones, without the loopback sources ("monitor of …") that sound servers list beside them.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] where there is no sound system at all. No microphone is an empty list.
    fn microphones(&self) -> Result<Vec<DeviceInfo>, DeviceError>;

    /// Speakers and headphones.
    ///
    /// # Errors
    /// As [`Devices::microphones`].
    fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError>;

    /// Cameras.
    ///
    /// # Errors
    /// [`DeviceError::Blocked`] where the system refuses to list them.
    fn cameras(&self) -> Result<Vec<DeviceInfo>, DeviceError>;

    /// Starts a microphone.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] when there is none (or none with that id), [`DeviceError::Busy`],
    /// [`DeviceError::Blocked`] by the system's privacy settings.
    fn open_microphone(&self, id: Option<&str>) -> Result<Microphone, DeviceError>;

    /// Starts a speaker.
    ///
    /// # Errors
    /// As [`Devices::open_microphone`].
    fn open_speaker(&self, id: Option<&str>) -> Result<Speaker, DeviceError>;

    /// Starts a camera in the format it has that is nearest to `want`. Frames come in the camera's size, not scaled.
    ///
    /// # Errors
    /// As [`Devices::open_microphone`].
    fn open_camera(&self, id: Option<&str>, want: CameraFormat) -> Result<Camera, DeviceError>;

    /// Screens, then windows from front to back; windows of this process are left out.
    ///
    /// On Wayland there is one entry, of empty title and size: the system itself asks which screen or window when it is
    /// opened, and shows stills of them.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] where the system cannot share at all.
    fn screens(&self) -> Result<Vec<ScreenSource>, DeviceError>;

    /// One picture of a screen or window for a picker, at most `max_width` × `max_height`, ratio kept.
    ///
    /// # Errors
    /// [`DeviceError::Gone`] when it has closed since, [`DeviceError::Unsupported`] where the system shows the choice itself.
    fn still(&self, id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError>;

    /// Starts sharing a screen or window at up to `fps` (1–30) pictures a second, at its full size.
    ///
    /// An unchanged picture comes again after about a second only. The size may change from one frame to the next.
    /// On Wayland this waits until the person has chosen, for minutes if need be.
    ///
    /// # Errors
    /// [`DeviceError::Gone`] when it has closed since, [`DeviceError::Blocked`] when the person or the system refused.
    fn open_screen(&self, id: &str, fps: u32) -> Result<ScreenCapture, DeviceError>;

    /// Watches for microphones, speakers and cameras that come or go, until the handle is dropped.
    fn changed(&self) -> Changes;
}
