//! `Retry-After` of a partner's response (RFC 9110 section 10.2.3): seconds, or an HTTP date.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, StatusCode, header};

use crate::time::Time;

/// After which time the partner asks to be asked again, if it says so with 429 or 503. A date in the past is zero. With
/// several lines or an invalid value it says nothing.
pub(super) fn of(status: StatusCode, headers: &HeaderMap, now: Time) -> Option<Duration> {
    if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let mut values = headers.get_all(header::RETRY_AFTER).iter();
    let text = values.next()?.to_str().ok()?.trim();
    if values.next().is_some() {
        return None;
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(date.saturating_sub(Duration::from_secs(now.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    /// 1994-11-06T08:49:37Z, the example of RFC 9110 section 5.6.7.
    const NOW: Time = Time(784_111_777);

    fn parse(status: u16, lines: &[&str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::RETRY_AFTER, HeaderValue::from_str(line).unwrap());
        }
        of(StatusCode::from_u16(status).unwrap(), &headers, NOW).map(|after| after.as_secs())
    }

    #[test]
    fn seconds_and_the_three_forms_of_dates_are_read() {
        for (text, seconds) in [
            ("3600", 3_600),
            ("0", 0),
            (" 7 ", 7),
            ("99999999999999999999", u64::from(u32::MAX)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
            ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
            ("Sun Nov  6 08:50:37 1994", 60),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ] {
            assert_eq!(parse(429, &[text]), Some(seconds), "{text}");
            assert_eq!(parse(503, &[text]), Some(seconds), "{text}");
            assert_eq!(parse(500, &[text]), None, "only 429 and 503 say when to try again");
        }
    }

    #[test]
    fn anything_else_says_nothing() {
        for lines in [&[][..], &[""], &["-1"], &["+1"], &["1.5"], &["soon"], &["60s"], &["1", "2"], &["1, 2"]] {
            assert_eq!(parse(429, lines), None, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn no_value_panics(text in "[ -~]{0,40}") {
            parse(429, &[&text]);
        }
    }
}
