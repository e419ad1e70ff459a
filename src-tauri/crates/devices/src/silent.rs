//! A computer without any device.

use media::I420;

use crate::{
    Camera, CameraFormat, Changes, DeviceError, DeviceInfo, Devices, Microphone, ScreenCapture, ScreenSource, Speaker,
};

/// No microphone, no speaker, no camera, nothing to share: for tests of what a person without them meets.
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentDevices;

impl Devices for SilentDevices {
    fn microphones(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(Vec::new())
    }

    fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(Vec::new())
    }

    fn cameras(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(Vec::new())
    }

    fn open_microphone(&self, _id: Option<&str>) -> Result<Microphone, DeviceError> {
        Err(DeviceError::NotFound)
    }

    fn open_speaker(&self, _id: Option<&str>) -> Result<Speaker, DeviceError> {
        Err(DeviceError::NotFound)
    }

    fn open_camera(&self, _id: Option<&str>, _want: CameraFormat) -> Result<Camera, DeviceError> {
        Err(DeviceError::NotFound)
    }

    fn screens(&self) -> Result<Vec<ScreenSource>, DeviceError> {
        Ok(Vec::new())
    }

    fn still(&self, _id: &str, _max_width: u32, _max_height: u32) -> Result<I420, DeviceError> {
        Err(DeviceError::Gone)
    }

    fn open_screen(&self, _id: &str, _fps: u32) -> Result<ScreenCapture, DeviceError> {
        Err(DeviceError::Gone)
    }

    fn changed(&self) -> Changes {
        Changes::never()
    }
}
