//! Encoding in real time.
#![allow(unsafe_code, reason = "libvpx is a C library; each call is wrapped here")]

use crate::{CodecError, Encoded, Result, VideoEncoder};
use media::I420;
use std::mem::MaybeUninit;
use std::ptr;
use vpx_sys as vpx;

/// What is filmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoProfile {
    /// Faces: steady frame rate, softer when bits are short.
    Camera,
    /// A screen: the size never changes and writing stays sharp; the frame rate gives way.
    Screen {
        /// Mostly writing (slides, editors): sharper still, fewer frames; `false` suits films.
        text: bool,
    },
}

/// Lowest bitrate the rate control works with, kbit/s.
const LOWEST_KBPS: u32 = 10;
/// Of −16 to 16; negative is a fixed speed, and 8 is where faster stops being visibly cheaper.
const SPEED: i32 = -8;
/// Frames are spaced by capture time; this is what the rate control assumes when none is known.
const FRAME_MS: u64 = 66;

/// What of a screen may still be on its way when the next picture is encoded, in milliseconds of the bitrate: a turned
/// page is one frame of up to a second, and until it is through nothing newer could be seen.
const SCREEN_AHEAD_MS: u64 = 250;
/// The same for a key frame somebody waits for.
const SCREEN_KEY_AHEAD_MS: u64 = 1000;

/// One encoder; the libvpx instance is made with the first picture and made again when the size changes.
#[derive(Debug)]
pub struct Encoder {
    profile: VideoProfile,
    kbps: u32,
    bucket: Bucket,
    /// A key frame was asked for and could not be made yet.
    key_owed: bool,
    running: Option<Running>,
}

/// Bits given out that the bitrate has not yet carried away. libvpx forgets such debts of a screen after a second and
/// would send several times its bitrate while a dense page scrolls.
#[derive(Debug, Default)]
struct Bucket {
    bits: u64,
    at_ms: u64,
}

impl Bucket {
    /// Time passes; a clock that goes back is at a stand.
    fn drain(&mut self, now_ms: u64, kbps: u32) {
        let carried = now_ms.saturating_sub(self.at_ms).saturating_mul(u64::from(kbps));
        self.bits = self.bits.saturating_sub(carried);
        self.at_ms = now_ms;
    }

    fn holds_more_than(&self, millis: u64, kbps: u32) -> bool {
        self.bits > millis * u64::from(kbps)
    }
}

impl Encoder {
    /// An encoder that starts at this bitrate.
    #[must_use]
    pub fn new(profile: VideoProfile, kbps: u32) -> Self {
        let kbps = kbps.max(LOWEST_KBPS);
        Self { profile, kbps, bucket: Bucket::default(), key_owed: false, running: None }
    }

    /// The instance for this size; a new one starts with a key frame by itself.
    fn running(&mut self, width: u32, height: u32) -> Result<&mut Running> {
        if self.running.as_ref().is_some_and(|old| (old.config.g_w, old.config.g_h) != (width, height)) {
            self.running = None;
        }
        match &mut self.running {
            Some(running) => Ok(running),
            slot => Ok(slot.insert(Running::start(self.profile, self.kbps, width, height)?)),
        }
    }
}

impl VideoEncoder for Encoder {
    fn encode(&mut self, frame: &I420, pts_ms: u64, key: bool, out: &mut Vec<u8>) -> Result<Encoded> {
        out.clear();
        self.bucket.drain(pts_ms, self.kbps);
        let key = key || self.key_owed;
        let ahead = if key { SCREEN_KEY_AHEAD_MS } else { SCREEN_AHEAD_MS };
        if matches!(self.profile, VideoProfile::Screen { .. }) && self.bucket.holds_more_than(ahead, self.kbps) {
            self.key_owed = key;
            return Ok(Encoded { key: false, dropped: true });
        }
        let encoded = self.running(frame.width, frame.height)?.encode(frame, pts_ms, key, out);
        match encoded {
            Ok(encoded) => self.key_owed = key && !encoded.key,
            Err(_) => {
                // Its state is unknown: the next picture starts a new one.
                self.running = None;
                out.clear();
            }
        }
        self.bucket.bits = self.bucket.bits.saturating_add(out.len() as u64 * 8);
        encoded
    }

    fn set_bitrate_kbps(&mut self, kbps: u32) -> Result<()> {
        self.kbps = kbps.max(LOWEST_KBPS);
        match &mut self.running {
            Some(running) => running.set_bitrate(self.profile, self.kbps),
            None => Ok(()),
        }
    }
}

/// A libvpx encoder of one size.
struct Running {
    /// Boxed: libvpx keeps pointers into what it was given.
    context: Box<vpx::vpx_codec_ctx_t>,
    config: Box<vpx::vpx_codec_enc_cfg_t>,
    last_pts: Option<u64>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("width", &self.config.g_w).field("height", &self.config.g_h).finish()
    }
}

// SAFETY: a libvpx context is plain heap memory without thread affinity; it is used through `&mut` only.
unsafe impl Send for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: the context was initialised in `start` and is destroyed once.
        unsafe { vpx::vpx_codec_destroy(&raw mut *self.context) };
    }
}

impl Running {
    fn start(profile: VideoProfile, kbps: u32, width: u32, height: u32) -> Result<Self> {
        // SAFETY: no arguments; returns a static description.
        let interface = unsafe { vpx::vpx_codec_vp8_cx() };
        let mut config = MaybeUninit::<vpx::vpx_codec_enc_cfg_t>::zeroed();
        // SAFETY: the interface is valid and the struct is written as a whole.
        check(unsafe { vpx::vpx_codec_enc_config_default(interface, config.as_mut_ptr(), 0) })?;
        // SAFETY: filled by the successful call above.
        let mut config = Box::new(unsafe { config.assume_init() });
        configure(&mut config, profile, kbps, width, height);

        // SAFETY: the struct is plain data for which all zero is what C callers pass.
        let mut context = Box::new(unsafe { MaybeUninit::<vpx::vpx_codec_ctx_t>::zeroed().assume_init() });
        // SAFETY: all pointers are valid; both boxes live as long as the instance (the context keeps a pointer to the
        // configuration).
        check(unsafe {
            vpx::vpx_codec_enc_init_ver(
                &raw mut *context,
                interface,
                &raw const *config,
                0,
                vpx::VPX_ENCODER_ABI_VERSION.cast_signed(),
            )
        })?;
        let mut running = Self { context, config, last_pts: None };
        for (control, value) in controls(profile) {
            running.control(control, value)?;
        }
        Ok(running)
    }

    fn control(&mut self, control: vpx::vp8e_enc_control_id, value: i32) -> Result<()> {
        // SAFETY: the context is initialised; every control used here takes one int.
        check(unsafe { vpx::vpx_codec_control_(&raw mut *self.context, control as i32, value) })
    }

    fn set_bitrate(&mut self, profile: VideoProfile, kbps: u32) -> Result<()> {
        if self.config.rc_target_bitrate == kbps {
            return Ok(());
        }
        self.config.rc_target_bitrate = kbps;
        self.config.rc_max_quantizer = coarsest(profile, kbps);
        // SAFETY: context and configuration are valid, the size is unchanged.
        check(unsafe { vpx::vpx_codec_enc_config_set(&raw mut *self.context, &raw const *self.config) })
    }

    fn encode(&mut self, frame: &I420, pts_ms: u64, key: bool, out: &mut Vec<u8>) -> Result<Encoded> {
        // Time that stands still would be refused, and a jump back likewise.
        let pts = self.last_pts.map_or(pts_ms, |last| pts_ms.max(last.saturating_add(1)));
        let duration = self.last_pts.map_or(FRAME_MS, |last| (pts - last).clamp(1, 1000));
        self.last_pts = Some(pts);

        let mut image = MaybeUninit::<vpx::vpx_image_t>::zeroed();
        // SAFETY: the image is written by the call; libvpx only reads through the data pointer when it encodes, so the
        // cast from const is sound. An alignment of 1 makes strides equal the widths, as `I420` is tight.
        let wrapped = unsafe {
            vpx::vpx_img_wrap(
                image.as_mut_ptr(),
                vpx::vpx_img_fmt::VPX_IMG_FMT_I420,
                frame.width,
                frame.height,
                1,
                frame.data().as_ptr().cast_mut(),
            )
        };
        if wrapped.is_null() {
            return Err(CodecError::Size);
        }
        let flags = if key { i64::from(vpx::VPX_EFLAG_FORCE_KF) } else { 0 };
        // SAFETY: the image was initialised above and its data outlive the call; the context is valid.
        check(unsafe {
            vpx::vpx_codec_encode(
                &raw mut *self.context,
                image.as_ptr(),
                pts.cast_signed(),
                duration as std::ffi::c_ulong,
                flags as vpx::vpx_enc_frame_flags_t,
                vpx::VPX_DL_REALTIME.into(),
            )
        })?;
        self.collect(out)
    }

    fn collect(&mut self, out: &mut Vec<u8>) -> Result<Encoded> {
        let mut encoded = Encoded { key: false, dropped: true };
        let mut iterator: vpx::vpx_codec_iter_t = ptr::null();
        loop {
            // SAFETY: context and iterator are valid; the packet lives until the next call on the context.
            let packet = unsafe { vpx::vpx_codec_get_cx_data(&raw mut *self.context, &raw mut iterator) };
            // SAFETY: null or a valid packet.
            let Some(packet) = (unsafe { packet.as_ref() }) else { return Ok(encoded) };
            if packet.kind != vpx::vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: the kind says which member of the union is set.
            let frame = unsafe { packet.data.frame };
            let length = usize::try_from(frame.sz).map_err(|_| CodecError::Size)?;
            if frame.buf.is_null() || length == 0 {
                continue;
            }
            // SAFETY: libvpx owns `sz` bytes at `buf` until the next call.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(frame.buf.cast::<u8>(), length) });
            encoded.key |= frame.flags & vpx::VPX_FRAME_IS_KEY != 0;
            encoded.dropped = false;
        }
    }
}

fn configure(config: &mut vpx::vpx_codec_enc_cfg_t, profile: VideoProfile, kbps: u32, width: u32, height: u32) {
    config.g_w = width;
    config.g_h = height;
    // More threads wait for each other by spinning: for a 1080p screen two cost five times the work of one.
    config.g_threads = 1;
    config.g_timebase.num = 1;
    config.g_timebase.den = 1000;
    config.g_error_resilient = vpx::VPX_ERROR_RESILIENT_DEFAULT;
    config.g_pass = vpx::vpx_enc_pass::VPX_RC_ONE_PASS;
    config.g_lag_in_frames = 0;
    config.rc_end_usage = vpx::vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = kbps;
    // The size is the promise; bits are saved elsewhere.
    config.rc_resize_allowed = 0;
    config.rc_min_quantizer = 2;
    config.rc_undershoot_pct = 100;
    config.rc_overshoot_pct = 15;
    config.rc_buf_initial_sz = 500;
    config.rc_buf_optimal_sz = 600;
    config.rc_buf_sz = 1000;
    // Key frames are for newcomers and losses: only when asked for.
    config.kf_mode = vpx::vpx_kf_mode::VPX_KF_DISABLED;
    config.rc_max_quantizer = coarsest(profile, kbps);
    // For a screen the bucket decides, and what it lets through is encoded.
    config.rc_dropframe_thresh = if profile == VideoProfile::Camera { 30 } else { 0 };
}

/// The coarsest quantizer (of 63): how far writing may blur before frames are left out instead. A dense page of 1080p
/// is 200 kB at 40, 160 at 46, 120 at 52, 90 at 60; where that is several seconds of the bitrate, blurred first and
/// sharp soon after is better than nothing for long.
fn coarsest(profile: VideoProfile, kbps: u32) -> u32 {
    match (profile, kbps) {
        (VideoProfile::Screen { text: true }, 1000..) => 44,
        (VideoProfile::Screen { text: true }, 500..) => 50,
        (VideoProfile::Screen { .. }, 500..) => 54,
        (VideoProfile::Screen { .. }, _) => 58,
        (VideoProfile::Camera, 100..) => 56,
        (VideoProfile::Camera, _) => 60,
    }
}

fn controls(profile: VideoProfile) -> Vec<(vpx::vp8e_enc_control_id, i32)> {
    use vpx::vp8e_enc_control_id as id;
    let screen = match profile {
        VideoProfile::Camera => 0,
        VideoProfile::Screen { text: false } => 1,
        VideoProfile::Screen { text: true } => 2,
    };
    vec![
        (id::VP8E_SET_CPUUSED, SPEED),
        (id::VP8E_SET_SCREEN_CONTENT_MODE, screen),
        (id::VP8E_SET_STATIC_THRESHOLD, if screen == 0 { 1 } else { 100 }),
        (id::VP8E_SET_TOKEN_PARTITIONS, 0),
        (id::VP8E_SET_NOISE_SENSITIVITY, 0),
    ]
}

/// Turns a return code into a result.
pub(super) fn check(code: vpx::vpx_codec_err_t) -> Result<()> {
    use vpx::vpx_codec_err_t as error;
    match code {
        error::VPX_CODEC_OK => Ok(()),
        error::VPX_CODEC_CORRUPT_FRAME | error::VPX_CODEC_UNSUP_BITSTREAM | error::VPX_CODEC_UNSUP_FEATURE => {
            Err(CodecError::Corrupt)
        }
        other => Err(CodecError::Library(other as i32)),
    }
}
