//! Times as servers write them (`session.md` §7): ISO 8601 text to Unix milliseconds and back. No clock here.

/// Unix milliseconds of `2026-01-05T09:25:02.003+00:00` and its relatives: `Z`, offsets as `+02`, `+0200` or `+02:00`, no
/// offset (then UTC), a blank instead of `T`, any number of fraction digits. `None` for anything else and for years
/// outside 1970–2999.
#[must_use]
pub fn unix_ms(text: &str) -> Option<f64> {
    let text = text.trim();
    let (date, clock) = text.split_at_checked(10)?;
    let clock = clock.strip_prefix(['T', 't', ' '])?;
    let mut parts = date.split('-');
    let (year, month, day) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if !(1970..=2999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }

    let zone_at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone_at);
    let (hms, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = hms.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |part| digits(part, 2))?;
    if hour > 23 || minute > 59 || second > 60 || parts.next().is_some() {
        return None;
    }
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone_seconds(zone)?;
    Some((seconds * 1000 + millis) as f64)
}

/// `2026-01-05T09:25:02.003Z` for Unix milliseconds; values outside 1970–2999 are clamped.
#[must_use]
pub fn iso(unix_ms: f64) -> String {
    let ms = if unix_ms.is_finite() { unix_ms.clamp(0.0, 32_503_679_999_999.0) as i64 } else { 0 };
    let (day, in_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // Civil date of a day number: H. Hinnant, "chrono-compatible low-level date algorithms".
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = yoe + era * 400 + i64::from(m <= 2);
    let (h, min, s, milli) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60, in_day % 1000);
    format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}.{milli:03}Z")
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn zone_seconds(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => return (zone.len() <= 1).then_some(0),
        Some(b'-') => -1,
        Some(_) => 1,
    };
    let plain: String = zone.get(1..)?.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match plain.len() {
        2 => (digits(&plain, 2)?, 0),
        4 => (digits(plain.get(..2)?, 2)?, digits(plain.get(2..)?, 2)?),
        _ => return None,
    };
    (hours <= 18 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 of a civil date (same source as in [`iso`]).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_servers_use_are_read() {
        for text in [
            "2026-01-05T09:25:02.003+00:00",
            "2026-01-05T09:25:02.003Z",
            "2026-01-05 09:25:02.003",
            "2026-01-05T10:25:02.003+01",
            "2026-01-05T04:55:02.003456-0430",
        ] {
            assert_eq!(unix_ms(text), Some(1_767_605_102_003.0), "{text}");
        }
        assert_eq!(unix_ms("1970-01-01T00:00:00.5Z"), Some(500.0));
        assert_eq!(unix_ms("2024-02-29T00:00Z"), Some(1_709_164_800_000.0));
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "now",
            "2026-13-01T00:00:00Z",
            "2026-01-05",
            "2026-01-05T25:00:00Z",
            "ééééééééééé",
            "9999-01-01T00:00:00Z",
            "2026-01-05T09:25:02.x",
            "2026-01-05T09:25:02+99:99",
            "2026-01-05T09:25:02Zjunk",
        ] {
            assert_eq!(unix_ms(text), None, "{text}");
        }
    }

    #[test]
    fn text_and_number_agree_both_ways() {
        for ms in [0.0, 951_782_400_000.0, 1_767_605_102_003.0, 4_102_444_799_999.0] {
            assert_eq!(unix_ms(&iso(ms)), Some(ms));
        }
        assert_eq!(iso(1_767_605_102_003.0), "2026-01-05T09:25:02.003Z");
        assert_eq!(iso(f64::NAN), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(f64::INFINITY), "1970-01-01T00:00:00.000Z");
    }
}
