//! The devices of this computer, with synthetic ones beside them where asked for.

use media::I420;

use crate::synthetic::SyntheticSet;
use crate::{
    Camera, CameraFormat, Changes, DeviceError, DeviceInfo, Devices, Microphone, ScreenCapture, ScreenSource, Speaker,
};

/// The real devices of this computer.
#[derive(Default)]
pub struct SystemDevices {
    synthetic: SyntheticSet,
}

impl SystemDevices {
    /// Real devices only.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Real devices and these.
    #[must_use]
    pub fn with_synthetic(synthetic: SyntheticSet) -> Self {
        Self { synthetic }
    }
}

/// Synthetic devices behind the real ones, or before them with the first as the default.
fn merge(real: Vec<DeviceInfo>, mut twins: Vec<DeviceInfo>, first: bool) -> Vec<DeviceInfo> {
    let mut real = real;
    if first && let Some(leader) = twins.first_mut() {
        leader.is_default = true;
        real.iter_mut().for_each(|d| d.is_default = false);
        twins.extend(real);
        return twins;
    }
    real.extend(twins);
    real
}

impl Devices for SystemDevices {
    fn microphones(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let twins = self.synthetic.microphones.iter().map(|m| m.info()).collect();
        Ok(merge(Vec::new(), twins, self.synthetic.first))
    }

    fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let twins = self.synthetic.speakers.iter().map(|m| m.info()).collect();
        Ok(merge(Vec::new(), twins, self.synthetic.first))
    }

    fn cameras(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let twins = self.synthetic.cameras.iter().map(|m| m.info()).collect();
        Ok(merge(Vec::new(), twins, self.synthetic.first))
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
        Ok(self.synthetic.screens.iter().map(|s| s.source()).collect())
    }

    fn still(&self, _id: &str, _max_width: u32, _max_height: u32) -> Result<I420, DeviceError> {
        Err(DeviceError::Gone)
    }

    fn open_screen(&self, _id: &str, _fps: u32) -> Result<ScreenCapture, DeviceError> {
        Err(DeviceError::Gone)
    }

    fn changed(&self) -> Changes {
        Changes::watch(Default::default)
    }
}
