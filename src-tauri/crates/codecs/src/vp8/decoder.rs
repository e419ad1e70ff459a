//! Decoding.
#![allow(unsafe_code, reason = "libvpx is a C library; each call is wrapped here")]

use super::encoder::check;
use crate::{CodecError, Result, VideoDecoder};
use media::vp8::is_key_frame;
use media::{I420, MAX_SIDE, Plane};
use std::mem::MaybeUninit;
use std::ptr;
use vpx_sys as vpx;

/// Pixels of the largest picture taken from the network: 4096×2304. A hostile key frame cannot make us allocate more.
const MOST_PIXELS: u32 = 4096 * 2304;

/// One decoder.
pub struct Decoder {
    context: Box<vpx::vpx_codec_ctx_t>,
    /// A key frame was decoded and nothing failed since.
    ready: bool,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("ready", &self.ready).finish_non_exhaustive()
    }
}

// SAFETY: a libvpx context is plain heap memory without thread affinity; it is used through `&mut` only.
unsafe impl Send for Decoder {}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context was initialised in `new` and is destroyed once.
        unsafe { vpx::vpx_codec_destroy(&raw mut *self.context) };
    }
}

impl Decoder {
    /// A decoder that waits for a key frame.
    ///
    /// # Errors
    /// [`CodecError::Library`] if the library refuses.
    pub fn new() -> Result<Self> {
        let config = vpx::vpx_codec_dec_cfg_t { threads: 1, w: 0, h: 0 };
        // SAFETY: the struct is plain data for which all zero is what C callers pass.
        let mut context = Box::new(unsafe { MaybeUninit::<vpx::vpx_codec_ctx_t>::zeroed().assume_init() });
        // SAFETY: all pointers are valid; libvpx copies the configuration on the first decode only if it is still set,
        // so it is cleared below.
        check(unsafe {
            vpx::vpx_codec_dec_init_ver(
                &raw mut *context,
                vpx::vpx_codec_vp8_dx(),
                &raw const config,
                0,
                vpx::VPX_DECODER_ABI_VERSION.cast_signed(),
            )
        })?;
        Ok(Self { context, ready: false })
    }
}

impl VideoDecoder for Decoder {
    fn decode(&mut self, frame: &[u8]) -> Result<Option<I420>> {
        if is_key_frame(frame) {
            self.ready = key_frame_is_sane(frame);
        }
        if !self.ready || frame.len() < 3 {
            return Err(CodecError::Corrupt);
        }
        let decoded = self.run(frame);
        self.ready = decoded.is_ok();
        decoded
    }
}

impl Decoder {
    fn run(&mut self, frame: &[u8]) -> Result<Option<I420>> {
        let length = u32::try_from(frame.len()).map_err(|_| CodecError::Corrupt)?;
        // SAFETY: the context is valid and the data are readable for `length` bytes during the call.
        check(unsafe { vpx::vpx_codec_decode(&raw mut *self.context, frame.as_ptr(), length, ptr::null_mut(), 0) })?;
        let mut iterator: vpx::vpx_codec_iter_t = ptr::null();
        // SAFETY: context and iterator are valid; the image lives until the next call on the context.
        let image = unsafe { vpx::vpx_codec_get_frame(&raw mut *self.context, &raw mut iterator) };
        // SAFETY: null or a valid image.
        let Some(image) = (unsafe { image.as_ref() }) else { return Ok(None) };
        copy(image).map(Some)
    }
}

/// Copies the shown part; an odd last column or row is cut off.
fn copy(image: &vpx::vpx_image_t) -> Result<I420> {
    let (width, height) = (image.d_w & !1, image.d_h & !1);
    if image.fmt != vpx::vpx_img_fmt::VPX_IMG_FMT_I420
        || width < 2
        || height < 2
        || width > MAX_SIDE
        || height > MAX_SIDE
    {
        return Err(CodecError::Corrupt);
    }
    let plane = |index: usize, width: u32, height: u32| {
        let stride = usize::try_from(image.stride[index]).map_err(|_| CodecError::Corrupt)?;
        if image.planes[index].is_null() || stride < width as usize {
            return Err(CodecError::Corrupt);
        }
        let length = stride * (height as usize - 1) + width as usize;
        // SAFETY: libvpx owns `height` rows of `stride` bytes (and borders) there until the next call on the context;
        // the borrow ends before.
        Ok(Plane { data: unsafe { std::slice::from_raw_parts(image.planes[index], length) }, stride })
    };
    let y = plane(0, width, height)?;
    let u = plane(1, width / 2, height / 2)?;
    let v = plane(2, width / 2, height / 2)?;
    I420::from_planes(width, height, y, u, v).map_err(|_| CodecError::Corrupt)
}

/// Start code and size of RFC 6386 §9.1, before libvpx allocates for it.
fn key_frame_is_sane(frame: &[u8]) -> bool {
    let Some([_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1]) = frame.first_chunk::<10>() else { return false };
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    let (width, height) = (side(*w0, *w1), side(*h0, *h1));
    width >= 2 && height >= 2 && width * height <= MOST_PIXELS
}
