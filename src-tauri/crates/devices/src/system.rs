//! The devices of this computer, with synthetic ones beside them where asked for.

use media::I420;

use crate::synthetic::{SyntheticCamera, SyntheticMicrophone, SyntheticScreen, SyntheticSet, SyntheticSpeaker};
use crate::{
    Camera, CameraFormat, Changes, DeviceError, DeviceInfo, Devices, Microphone, ScreenCapture, ScreenSource, Speaker,
    audio, camera, screen,
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

    /// A failing driver is an error only where there is no twin to offer.
    fn merge(
        &self,
        real: Result<Vec<DeviceInfo>, DeviceError>,
        twins: Vec<DeviceInfo>,
    ) -> Result<Vec<DeviceInfo>, DeviceError> {
        let real = if twins.is_empty() { real? } else { real.unwrap_or_default() };
        Ok(merge(real, twins, self.synthetic.first))
    }

    /// The twin that `id` names, or that is the default.
    fn twin<'a, T>(
        &self,
        twins: &'a [T],
        info: impl Fn(&T) -> DeviceInfo,
        id: Option<&str>,
        real: impl FnOnce() -> Result<Vec<DeviceInfo>, DeviceError>,
    ) -> Option<&'a T> {
        match id {
            Some(id) => twins.iter().find(|t| info(t).id == id),
            None if twins.is_empty() || self.synthetic.first => twins.first(),
            // Without any real device the first twin leads.
            None => twins.first().filter(|_| real().map_or(true, |list| list.is_empty())),
        }
    }
}

/// Synthetic devices behind the real ones, or before them with the first as the default.
fn merge(mut real: Vec<DeviceInfo>, mut twins: Vec<DeviceInfo>, first: bool) -> Vec<DeviceInfo> {
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
        let twins = self.synthetic.microphones.iter().map(SyntheticMicrophone::info).collect();
        self.merge(audio::microphones(), twins)
    }

    fn speakers(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let twins = self.synthetic.speakers.iter().map(SyntheticSpeaker::info).collect();
        self.merge(audio::speakers(), twins)
    }

    fn cameras(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let twins = self.synthetic.cameras.iter().map(SyntheticCamera::info).collect();
        self.merge(camera::list(), twins)
    }

    fn open_microphone(&self, id: Option<&str>) -> Result<Microphone, DeviceError> {
        match self.twin(&self.synthetic.microphones, SyntheticMicrophone::info, id, audio::microphones) {
            Some(twin) => twin.open(),
            None => audio::open_microphone(id),
        }
    }

    fn open_speaker(&self, id: Option<&str>) -> Result<Speaker, DeviceError> {
        match self.twin(&self.synthetic.speakers, SyntheticSpeaker::info, id, audio::speakers) {
            Some(twin) => twin.open(),
            None => audio::open_speaker(id),
        }
    }

    fn open_camera(&self, id: Option<&str>, want: CameraFormat) -> Result<Camera, DeviceError> {
        match self.twin(&self.synthetic.cameras, SyntheticCamera::info, id, camera::list) {
            Some(twin) => twin.open(want),
            None => camera::open(id, want),
        }
    }

    fn screens(&self) -> Result<Vec<ScreenSource>, DeviceError> {
        let mut twins: Vec<_> = self.synthetic.screens.iter().map(SyntheticScreen::source).collect();
        if twins.is_empty() {
            return screen::sources();
        }
        let mut real = screen::sources().unwrap_or_default();
        if self.synthetic.first {
            twins.extend(real);
            return Ok(twins);
        }
        real.extend(twins);
        Ok(real)
    }

    fn still(&self, id: &str, max_width: u32, max_height: u32) -> Result<I420, DeviceError> {
        match self.synthetic.screens.iter().find(|s| s.source().id == id) {
            Some(twin) => twin.still(max_width, max_height),
            None => screen::still(id, max_width, max_height),
        }
    }

    fn open_screen(&self, id: &str, fps: u32) -> Result<ScreenCapture, DeviceError> {
        match self.synthetic.screens.iter().find(|s| s.source().id == id) {
            Some(twin) => twin.open(),
            None => screen::open(id, fps),
        }
    }

    fn changed(&self) -> Changes {
        // The synthetic ones neither come nor go. A listing that fails counts as empty: its server went, with the devices.
        Changes::watch(|| [audio::microphones(), audio::speakers(), camera::list()].map(Result::unwrap_or_default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, is_default: bool) -> DeviceInfo {
        DeviceInfo { id: name.into(), name: name.into(), is_default }
    }

    #[test]
    fn synthetic_devices_lead_only_when_told_to() {
        let real = || vec![named("real", true)];
        let twins = || vec![named("twin", false)];
        assert_eq!(merge(real(), twins(), false), [named("real", true), named("twin", false)]);
        assert_eq!(merge(real(), twins(), true), [named("twin", true), named("real", false)]);
        assert_eq!(merge(real(), vec![], true), real());
    }

    #[test]
    fn the_default_microphone_is_a_twin_only_where_it_leads_or_is_alone() {
        let mut set = SyntheticSet { microphones: vec![SyntheticMicrophone::Silence], ..SyntheticSet::default() };
        let pick = |set: &SyntheticSet, id: Option<&str>, real: &[DeviceInfo]| {
            let devices = SystemDevices::with_synthetic(set.clone());
            devices.twin(&set.microphones, SyntheticMicrophone::info, id, || Ok(real.to_vec())).is_some()
        };
        let real = [named("real", true)];
        assert!(!pick(&set, None, &real));
        assert!(pick(&set, None, &[]));
        assert!(pick(&set, Some("synthetic:silence"), &real));
        assert!(!pick(&set, Some("real"), &real));
        set.first = true;
        assert!(pick(&set, None, &real));
    }
}
