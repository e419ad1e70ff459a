//! The one file of this crate that asks for the time of day, and how the wire writes it.

/// Milliseconds since 1970.
#[allow(
    clippy::disallowed_methods,
    reason = "the server stamps rows with the time of day; this is the one place that asks"
)]
pub(crate) fn unix_millis() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A `timestamptz` as Hasura writes it: `2026-01-05T09:25:02.003+00:00`.
pub(crate) fn iso(millis: u64) -> String {
    let (date, time) = (millis / 86_400_000, millis % 86_400_000);
    let (year, month, day) = civil(i64::try_from(date).unwrap_or(0));
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}+00:00",
        time / 3_600_000,
        time / 60_000 % 60,
        time / 1000 % 60,
        time % 1000
    )
}

/// Reads what clients send as a stream cursor: a date, or a date and time with `Z` or an offset.
/// Anything else counts as the beginning of time.
pub(crate) fn parse_iso(text: &str) -> u64 {
    parse(text).unwrap_or(0)
}

fn parse(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let days = days_from_civil(number(0..4)?, number(5..7)?, number(8..10)?);
    let mut millis = days * 86_400_000;
    if text.len() >= 19 {
        millis += number(11..13)? * 3_600_000 + number(14..16)? * 60_000 + number(17..19)? * 1000;
        let rest = text.get(19..)?;
        let fraction: String = rest.strip_prefix('.').unwrap_or("").chars().take_while(char::is_ascii_digit).collect();
        if !fraction.is_empty() {
            let padded = format!("{fraction:0<3}");
            millis += padded.get(..3)?.parse::<i64>().ok()?;
        }
        if let Some(at) = rest.rfind(['+', '-']) {
            let sign = if rest[at..].starts_with('-') { -1 } else { 1 };
            let hours = rest.get(at + 1..at + 3)?.parse::<i64>().ok()?;
            let minutes = rest.get(at + 4..at + 6).and_then(|m| m.parse::<i64>().ok()).unwrap_or(0);
            millis -= sign * (hours * 60 + minutes) * 60_000;
        }
    }
    u64::try_from(millis).ok()
}

/// Days since 1970 to a date of the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_as_the_wire_has_them() {
        assert_eq!(iso(1_767_605_102_003), "2026-01-05T09:25:02.003+00:00");
        assert_eq!(parse_iso("2026-01-05T09:25:02.003+00:00"), 1_767_605_102_003);
        assert_eq!(parse_iso("2026-01-05T09:25:02.003Z"), 1_767_605_102_003);
        assert_eq!(parse_iso("2026-01-05T11:25:02+02:00"), 1_767_605_102_000);
        assert_eq!(parse_iso("2020-01-01"), 1_577_836_800_000);
        assert_eq!(parse_iso("yesterday"), 0);
    }
}
