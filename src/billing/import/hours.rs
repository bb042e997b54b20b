//! Parses the hour of a row in a column of its own: `5`, `05:00`, `5 PM`, `0500`, `05:00 - 06:00`, `2026-10-01 05`.

use jiff::civil::Date;

use crate::billing::import::digits::with_ascii_digits;

/// What may stand between the begin and the end of an hour.
const SEPARATORS: [&str; 5] = [" to ", "\u{2013}", "\u{2014}", "~", "-"];
/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;
/// The longest text, in bytes. A longer one is no hour.
const MAX_BYTES: usize = 64;

/// An hour that a cell names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NamedHour {
    /// The hour, from 0.
    pub hour: i8,
    /// The day, if the cell names it.
    pub day: Option<Date>,
}

/// Parses an hour; `None` if the text is none.
pub(super) fn parse_hour(text: &str) -> Option<NamedHour> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = with_ascii_digits(text);
    if let Some((hour, _)) = time(&text).or_else(|| range(&text)) {
        return Some(NamedHour { hour, day: None });
    }
    let (day, rest) = (text.get(.."2026-10-01".len())?, text.get("2026-10-01".len()..)?);
    let rest = rest.strip_prefix([' ', 'T'])?;
    let (hour, _) = time(rest).or_else(|| range(rest))?;
    Some(NamedHour { hour, day: Some(day.parse().ok()?) })
}

/// Parses a time of a clock of 24 hours or of 12 (`12 AM` is 0). Returns the hour, and the minutes since midnight.
fn time(text: &str) -> Option<(i8, u16)> {
    let lower: String =
        text.to_lowercase().chars().filter(|c| !matches!(c, '.' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')).collect();
    let half = ["am", "pm"].into_iter().find_map(|half| Some((lower.strip_suffix(half)?, half)));
    let clock = half.map_or(text, |(clock, _)| clock);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, rest) = match (clock.split_once([':', 'h']), clock.len()) {
        (Some((hour, rest)), _) => (hour, rest),
        // `0500` and `1700`: only whole hours, since `1234` might be anything.
        (None, 4) => (clock.strip_suffix("00")?, ""),
        (None, _) => (clock, ""),
    };
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
    let part = |text: &str| (text.len() == 2 && is_digits(text)).then(|| text.parse::<u16>().ok()).flatten();
    let minutes = if minutes.is_empty() && !clock.ends_with(':') { 0 } else { part(minutes)? };
    let number = hour.parse::<i8>().ok().filter(|_| is_digits(hour) && hour.len() <= 2)?;
    if minutes > 59 || part(seconds)? > 59 {
        return None;
    }
    let hour = match half {
        None => (0..24).contains(&number).then_some(number)?,
        Some((_, half)) => (1..=12).contains(&number).then_some(number % 12 + if half == "pm" { 12 } else { 0 })?,
    };
    Some((hour, u16::try_from(hour).ok()? * 60 + minutes))
}

/// Parses a part of a day, of one hour or several: its end is after its begin, or midnight.
fn range(text: &str) -> Option<(i8, u16)> {
    SEPARATORS.into_iter().find_map(|separator| {
        let (begin, end) = text.split_once(separator)?;
        let (begin, end) = (begin.trim(), end.trim());
        // `5 - 6 PM` names the half of the day once.
        let half = |half: &str| end.to_lowercase().ends_with(half).then(|| time(&format!("{begin} {half}"))).flatten();
        let is_half_missing = begin.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
        let halves = if is_half_missing { half("am").or_else(|| half("pm")) } else { None };
        let (hour, from) = halves.or_else(|| time(begin))?;
        let until = match end {
            "24" | "24:00" | "24:00:00" => DAY_MINUTES,
            end => time(end).map(|(_, minutes)| if minutes == 0 { DAY_MINUTES } else { minutes })?,
        };
        (until > from).then_some((hour, from))
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_are_read_as_partners_write_them() {
        for (text, hour) in [
            ("0", 0),
            ("05", 5),
            ("23", 23),
            ("5:00", 5),
            ("05:00:00", 5),
            ("05:30", 5),
            ("5 PM", 17),
            ("5PM", 17),
            ("5:00 p.m.", 17),
            ("5:00\u{202f}PM", 17),
            ("12 AM", 0),
            ("12 pm", 12),
            ("0500", 5),
            ("1700", 17),
            ("05h", 5),
            ("05h00", 5),
            ("05:00 - 06:00", 5),
            ("05:00-05:59", 5),
            ("05:00:00 - 05:59:59", 5),
            ("05:00 \u{2013} 06:00", 5),
            ("5 - 6", 5),
            ("5 AM - 6 AM", 5),
            ("11 AM - 12 PM", 11),
            ("5 - 6 PM", 17),
            ("11 PM - 12 AM", 23),
            ("23:00 - 24:00", 23),
            ("23:00 - 00:00", 23),
            ("00:00 to 01:00", 0),
            ("06:00 - 12:00", 6),
            ("\u{665}", 5),
        ] {
            assert_eq!(parse_hour(text), Some(NamedHour { hour, day: None }), "{text}");
        }
        let day = Some(date(2026, 10, 1));
        for text in ["2026-10-01 05", "2026-10-01T05:00:00", "2026-10-01 5 AM", "2026-10-01 05:00 - 06:00"] {
            assert_eq!(parse_hour(text), Some(NamedHour { hour: 5, day }), "{text}");
        }
    }

    #[test]
    fn what_is_no_hour_is_not_read() {
        for text in [
            "",
            "24",
            "-1",
            "5:",
            "5:0",
            "5:60",
            "13 PM",
            "0 AM",
            "25:00",
            "1234",
            "5.5",
            "5 o'clock",
            "06:00 - 05:00",
            "05:00 - 05:00",
            "2026-13-01 05",
            "2026-10-01",
            "2026-10-01 25",
            "noon",
            "5 - ",
            " - 6",
            "5 - 6 - 7",
            "005",
            "5%",
        ] {
            assert_eq!(parse_hour(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}", hours in "[0-9:APM \\-h]{0,20}") {
            for text in [text, hours] {
                prop_assert!(parse_hour(&text).is_none_or(|named| (0..24).contains(&named.hour)));
            }
        }
    }
}
