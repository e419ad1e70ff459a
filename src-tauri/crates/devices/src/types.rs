//! What devices are called and how they fail.

/// A microphone, speaker or camera as the system shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Stable over restarts; opaque, for [`crate::Devices`] only.
    pub id: String,
    /// As the system shows it, in the system's language.
    pub name: String,
    /// The system's own choice. At most one in a list.
    pub is_default: bool,
}

/// What is asked of a camera; it answers with the nearest it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraFormat {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
}

/// Whole screen or one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenKind {
    /// One monitor.
    Screen,
    /// One window, also where others cover it.
    Window,
}

/// Something that can be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenSource {
    /// Good until the window closes or the monitors change; not worth keeping.
    pub id: String,
    /// Window title or monitor name. Personal: never logged.
    pub title: String,
    /// Whole screen or window.
    pub kind: ScreenKind,
    /// Pixels; 0 where the system does not tell before it is opened.
    pub width: u32,
    /// Pixels; 0 where the system does not tell before it is opened.
    pub height: u32,
}

/// Why a device cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// There is no such device, or none at all.
    #[error("no such device")]
    NotFound,
    /// Another program holds it.
    #[error("device in use by another program")]
    Busy,
    /// The system or the person refused: privacy settings, missing rights, portal cancelled.
    #[error("device blocked by the system")]
    Blocked,
    /// It was there when listed and is not any more.
    #[error("device gone")]
    Gone,
    /// The system has no way to do this (no sound server, no X display, no portal).
    #[error("not supported on this system")]
    Unsupported,
    /// The device speaks no format that is understood here.
    #[error("no usable device format")]
    Format,
    /// The driver failed without saying anything that could be acted upon.
    #[error("device driver failed")]
    Driver,
    /// A synthetic device's file is missing or is not of the kind it should be.
    #[error("unusable synthetic source")]
    BadFile,
}

/// What happens to a device that was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceFault {
    /// Unplugged, closed, or its server stopped. Reported once; nothing comes after it.
    Gone,
}
