//! Reading Y4M clips (4:2:0, 8 bit) as a camera's pictures, and PPM pictures as a screen's.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use media::{I420, MAX_SIDE, PixelFormat, to_i420};

use crate::DeviceError;

/// A clip that begins again after its last frame.
pub(super) struct Clip {
    file: BufReader<File>,
    width: u32,
    height: u32,
    period: Duration,
    first: u64,
}

/// No header or frame line is longer.
const MAX_LINE: u64 = 1024;

impl Clip {
    pub(super) fn open(path: &Path) -> Result<Self, DeviceError> {
        let mut file = BufReader::new(File::open(path).map_err(|_| DeviceError::BadFile)?);
        let header = line(&mut file)?;
        let mut words = header.split(' ');
        if words.next() != Some("YUV4MPEG2") {
            return Err(DeviceError::BadFile);
        }
        let (mut width, mut height, mut period) = (0, 0, None);
        for word in words.filter(|w| !w.is_empty()) {
            let (key, value) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            match key {
                "W" => width = value.parse().unwrap_or(0),
                "H" => height = value.parse().unwrap_or(0),
                "F" => period = rate(value),
                // 420, 420jpeg, 420mpeg2, 420paldv differ in where chroma lies, by less than is seen; not 420p10.
                "C" if !value.starts_with("420") || value.starts_with("420p1") => return Err(DeviceError::BadFile),
                _ => {}
            }
        }
        if !(2..=MAX_SIDE).contains(&width) || !(2..=MAX_SIDE).contains(&height) {
            return Err(DeviceError::BadFile);
        }
        let first = file.stream_position().map_err(|_| DeviceError::BadFile)?;
        let period = period.unwrap_or(Duration::from_millis(40));
        let mut clip = Self { file, width, height, period, first };
        // Refuse a clip without frames now, not on a thread later.
        clip.next()?;
        clip.rewind()?;
        Ok(clip)
    }

    pub(super) fn period(&self) -> Duration {
        self.period
    }

    pub(super) fn next(&mut self) -> Result<I420, DeviceError> {
        self.frame().or_else(|_| {
            self.rewind()?;
            self.frame()
        })
    }

    fn rewind(&mut self) -> Result<(), DeviceError> {
        self.file.seek(SeekFrom::Start(self.first)).map(drop).map_err(|_| DeviceError::BadFile)
    }

    fn frame(&mut self) -> Result<I420, DeviceError> {
        if !line(&mut self.file)?.starts_with("FRAME") {
            return Err(DeviceError::BadFile);
        }
        let (width, height) = (self.width as usize, self.height as usize);
        let chroma = width.div_ceil(2) * height.div_ceil(2);
        let mut data = vec![0; width * height + 2 * chroma];
        self.file.read_exact(&mut data).map_err(|_| DeviceError::BadFile)?;
        if width % 2 == 0 && height % 2 == 0 {
            return I420::new(self.width, self.height, data).map_err(|_| DeviceError::BadFile);
        }
        // Odd sides: lose the last line and column of each plane.
        let (even_width, even_height) = (width & !1, height & !1);
        let mut tight = Vec::with_capacity(even_width * even_height * 3 / 2);
        let (y, rest) = data.split_at(width * height);
        let (u, v) = rest.split_at(chroma);
        tight.extend(y.chunks(width).take(even_height).flat_map(|row| &row[..even_width]));
        for plane in [u, v] {
            tight.extend(plane.chunks(width.div_ceil(2)).take(even_height / 2).flat_map(|row| &row[..even_width / 2]));
        }
        I420::new(even_width as u32, even_height as u32, tight).map_err(|_| DeviceError::BadFile)
    }
}

fn line(file: &mut impl BufRead) -> Result<String, DeviceError> {
    let mut bytes = Vec::new();
    file.take(MAX_LINE).read_until(b'\n', &mut bytes).map_err(|_| DeviceError::BadFile)?;
    if bytes.pop() != Some(b'\n') {
        return Err(DeviceError::BadFile);
    }
    String::from_utf8(bytes).map_err(|_| DeviceError::BadFile)
}

/// `30000:1001` as the time of one frame, 1 to 120 frames a second.
fn rate(text: &str) -> Option<Duration> {
    let (frames, seconds) = text.split_once(':')?;
    let (frames, seconds): (f64, f64) = (frames.parse().ok()?, seconds.parse().ok()?);
    let period = seconds / frames;
    (1.0 / 120.0..=1.0).contains(&period).then(|| Duration::from_secs_f64(period))
}

/// A binary PPM picture of 8 bits.
pub(super) fn ppm(path: &Path) -> Result<I420, DeviceError> {
    let limit = u64::from(MAX_SIDE) * u64::from(MAX_SIDE);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|_| DeviceError::BadFile)?;
    file.take(limit).read_to_end(&mut bytes).map_err(|_| DeviceError::BadFile)?;
    parse_ppm(&bytes).ok_or(DeviceError::BadFile)
}

fn parse_ppm(bytes: &[u8]) -> Option<I420> {
    let mut rest = bytes.strip_prefix(b"P6")?;
    let mut numbers = [0_u32; 3];
    for number in &mut numbers {
        loop {
            let first = *rest.first()?;
            if first == b'#' {
                rest = &rest[rest.iter().position(|b| *b == b'\n')?..];
            } else if first.is_ascii_whitespace() {
                rest = &rest[1..];
            } else {
                break;
            }
        }
        let end = rest.iter().position(|b| !b.is_ascii_digit())?;
        *number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        rest = &rest[end..];
    }
    let [width, height, 255] = numbers else { return None };
    to_i420(PixelFormat::Rgb24, width, height, width as usize * 3, rest.get(1..)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn a_clip_begins_again_after_its_last_frame() {
        let mut bytes = b"YUV4MPEG2 W2 H2 F15:1 Ip A1:1 C420jpeg\n".to_vec();
        for value in [10, 20] {
            bytes.extend(b"FRAME\n");
            bytes.extend([value; 6]);
        }
        let (_folder, path) = write("a.y4m", &bytes);
        let mut clip = Clip::open(&path).unwrap();
        assert_eq!(clip.period().as_millis(), 66);
        let shades: Vec<u8> = (0..5).map(|_| clip.next().unwrap().data()[0]).collect();
        assert_eq!(shades, [10, 20, 10, 20, 10]);
    }

    #[test]
    fn odd_sides_are_cut() {
        let mut bytes = b"YUV4MPEG2 W3 H3\nFRAME\n".to_vec();
        bytes.extend(1..=9);
        bytes.extend([50; 8]);
        let (_folder, path) = write("a.y4m", &bytes);
        let frame = Clip::open(&path).unwrap().next().unwrap();
        assert_eq!((frame.width, frame.height, frame.data()), (2, 2, &[1, 2, 4, 5, 50, 50][..]));
    }

    #[test]
    fn what_is_no_clip_is_refused() {
        for bytes in [
            &b""[..],
            b"YUV4MPEG2 W2 H2",
            b"YUV4MPEG2 W2 H2\n",
            b"YUV4MPEG2 W2 H2\nFRAME\n12345",
            b"YUV4MPEG2 W99999999 H99999999\nFRAME\n",
            b"YUV4MPEG2 W2 H2 C444\nFRAME\n123456123456",
            "YUV4MPEG2 W2 H2 \u{e9}\u{e9}\n".as_bytes(),
            b"\xff\xfe\n",
        ] {
            let (_folder, path) = write("a.y4m", bytes);
            assert!(Clip::open(&path).is_err());
        }
    }

    #[test]
    fn a_picture_with_comments_is_read_and_nonsense_is_not() {
        let mut bytes = b"P6\n# made by hand\n2 2\n255\n".to_vec();
        bytes.extend([255; 12]);
        assert_eq!(parse_ppm(&bytes).map(|p| p.data()[0]), Some(235));
        for length in 0..bytes.len() {
            assert!(parse_ppm(&bytes[..length]).is_none(), "{length}");
        }
        assert!(parse_ppm(b"P6 99999999 99999999 255 ").is_none());
        assert!(parse_ppm(b"P6 99999999999999999999 1 255 ").is_none());
    }
}
