//! A PipeWire stream of pictures, driven turn by turn on the thread that owns it.

use std::cell::{Cell, RefCell};
use std::io::Cursor;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use media::{I420, MAX_SIDE, PixelFormat, to_i420};
use pipewire::context::ContextRc;
use pipewire::loop_::Timeout;
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::properties;
use pipewire::spa::buffer::meta::MetaVideoCrop;
use pipewire::spa::param::ParamType;
use pipewire::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use pipewire::spa::param::video::{VideoFormat, VideoInfoRaw};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{Object, Pod, Property, Value, object, property};
use pipewire::spa::sys;
use pipewire::spa::utils::{Direction, Fraction, Id, Rectangle, SpaTypes};
use pipewire::stream::{Stream, StreamFlags, StreamListener, StreamRc, StreamState};

use crate::DeviceError;

/// The newest picture as it came.
#[derive(Default)]
struct Latest {
    format: VideoInfoRaw,
    pixels: Vec<u8>,
    stride: usize,
    /// The part that is the window: left, top, width, height.
    crop: (usize, usize, u32, u32),
    fresh: bool,
}

pub(super) struct Pictures {
    // In the order in which they must end.
    _listener: StreamListener<Rc<RefCell<Latest>>>,
    _stream: StreamRc,
    main_loop: MainLoopRc,
    latest: Rc<RefCell<Latest>>,
    ended: Rc<Cell<bool>>,
}

impl Pictures {
    pub(super) fn connect(remote: OwnedFd, node: u32, fps: u32) -> Result<Self, DeviceError> {
        let failed = |_| DeviceError::Driver;
        pipewire::init();
        let main_loop = MainLoopRc::new(None).map_err(failed)?;
        let context = ContextRc::new(&main_loop, None).map_err(failed)?;
        let core = context.connect_fd_rc(remote, None).map_err(failed)?;
        let properties = properties! {
            *pipewire::keys::MEDIA_TYPE => "Video",
            *pipewire::keys::MEDIA_CATEGORY => "Capture",
            *pipewire::keys::MEDIA_ROLE => "Screen",
        };
        let stream = StreamRc::new(core, "screen", properties).map_err(failed)?;
        let latest = Rc::new(RefCell::new(Latest::default()));
        let ended = Rc::new(Cell::new(false));
        let end = Rc::clone(&ended);
        let listener = stream
            .add_local_listener_with_user_data(Rc::clone(&latest))
            .state_changed(move |_, _, old, new| {
                let lost = matches!(new, StreamState::Error(_))
                    || (matches!(new, StreamState::Unconnected) && !matches!(old, StreamState::Connecting));
                if lost {
                    end.set(true);
                }
            })
            .param_changed(|stream, latest, id, param| {
                if let (Some(param), true) = (param, id == ParamType::Format.as_raw()) {
                    let _ = latest.borrow_mut().format.parse(param);
                    if let Some(crop) = serialise(crop_parameter()) {
                        let _ = stream.update_params(&mut Pod::from_bytes(&crop).into_iter().collect::<Vec<_>>());
                    }
                }
            })
            .process(|stream, latest| copy(stream, &mut latest.borrow_mut()))
            .register()
            .map_err(failed)?;
        let format = serialise(format_parameter(fps)).ok_or(DeviceError::Driver)?;
        let mut parameters: Vec<&Pod> = Pod::from_bytes(&format).into_iter().collect();
        let flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS | StreamFlags::DONT_RECONNECT;
        stream.connect(Direction::Input, Some(node), flags, &mut parameters).map_err(failed)?;
        Ok(Self { _listener: listener, _stream: stream, main_loop, latest, ended })
    }

    /// Lets PipeWire work, up to `timeout`; false when the stream has ended.
    pub(super) fn turn(&self, timeout: Duration) -> bool {
        self.main_loop.loop_().iterate(Timeout::Finite(timeout.min(Duration::from_millis(200))));
        !self.ended.get()
    }

    /// The newest picture, if one has come since the last call.
    pub(super) fn take(&self) -> Option<I420> {
        let mut latest = self.latest.borrow_mut();
        std::mem::take(&mut latest.fresh).then(|| convert(&latest)).flatten()
    }
}

fn copy(stream: &Stream, latest: &mut Latest) {
    // Several may wait: the last is the one.
    let mut newest = None;
    while let Some(buffer) = stream.dequeue_buffer() {
        newest = Some(buffer);
    }
    let Some(mut buffer) = newest else { return };
    let size = latest.format.size();
    let crop = buffer.find_meta::<MetaVideoCrop>().map(MetaVideoCrop::meta_region).filter(|region| region.is_valid());
    latest.crop = match crop.map(|region| (region.position(), region.size())) {
        Some((at, part)) => {
            let left = usize::try_from(at.x).unwrap_or(0).min(size.width as usize);
            let top = usize::try_from(at.y).unwrap_or(0).min(size.height as usize);
            (left, top, part.width.min(size.width - left as u32), part.height.min(size.height - top as u32))
        }
        None => (0, 0, size.width, size.height),
    };
    let Some(data) = buffer.datas_mut().first_mut() else { return };
    let (offset, length) = (data.chunk().offset() as usize, data.chunk().size() as usize);
    let stride = usize::try_from(data.chunk().stride()).unwrap_or(0);
    // Empty ones tell that only the cursor has moved.
    let Some(bytes) = data.data().and_then(|d| d.get(offset..)).filter(|_| length > 0) else { return };
    latest.stride = if stride == 0 { size.width as usize * 4 } else { stride };
    latest.pixels.clear();
    latest.pixels.extend_from_slice(&bytes[..length.min(bytes.len())]);
    latest.fresh = true;
}

fn convert(latest: &Latest) -> Option<I420> {
    let (left, top, width, height) = latest.crop;
    let inside = latest.pixels.get(top.checked_mul(latest.stride)?.checked_add(left * 4)?..)?;
    let format = latest.format.format();
    if format == VideoFormat::RGBx || format == VideoFormat::RGBA {
        let mut swapped = inside.to_vec();
        swapped.chunks_exact_mut(4).for_each(|pixel| pixel.swap(0, 2));
        return to_i420(PixelFormat::Bgra, width, height, latest.stride, &swapped).ok();
    }
    to_i420(PixelFormat::Bgra, width, height, latest.stride, inside).ok()
}

fn serialise(object: Object) -> Option<Vec<u8>> {
    PodSerializer::serialize(Cursor::new(Vec::new()), &Value::Object(object))
        .ok()
        .map(|(cursor, _)| cursor.into_inner())
}

/// Four bytes a pixel in memory, of any size, no faster than needed.
fn format_parameter(fps: u32) -> Object {
    let size = |width, height| Rectangle { width, height };
    let rate = |num| Fraction { num, denom: 1 };
    object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
        property!(
            FormatProperties::VideoFormat,
            Choice,
            Enum,
            Id,
            VideoFormat::BGRx,
            VideoFormat::BGRx,
            VideoFormat::BGRA,
            VideoFormat::RGBx,
            VideoFormat::RGBA
        ),
        property!(
            FormatProperties::VideoSize,
            Choice,
            Range,
            Rectangle,
            size(1920, 1080),
            size(1, 1),
            size(MAX_SIDE, MAX_SIDE)
        ),
        property!(FormatProperties::VideoFramerate, Choice, Range, Fraction, rate(fps), rate(0), rate(fps)),
    )
}

/// Asks to be told which part of the picture is the window.
fn crop_parameter() -> Object {
    let size = i32::try_from(size_of::<sys::spa_meta_region>()).unwrap_or(i32::MAX);
    Object {
        type_: SpaTypes::ObjectParamMeta.as_raw(),
        id: ParamType::Meta.as_raw(),
        properties: vec![
            Property::new(sys::SPA_PARAM_META_type, Value::Id(Id(sys::SPA_META_VideoCrop))),
            Property::new(sys::SPA_PARAM_META_size, Value::Int(size)),
        ],
    }
}
