//! Time: the UTC hour of the proxy's clock, never the client's clock or zone.

use crate::time::Time;

/// An hour of the UTC day, 0 to 23.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourOfDay(u8);

/// The two digits of each hour, so that requests need no formatting.
const HOURS: [&str; 24] = [
    "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18",
    "19", "20", "21", "22", "23",
];

impl HourOfDay {
    /// The UTC hour of `time`.
    #[must_use]
    pub fn from_time(time: Time) -> Self {
        Self(u8::try_from(time.hour().0 % 24).unwrap_or(0))
    }

    /// `00` to `23`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        HOURS.get(usize::from(self.0)).copied().unwrap_or("00")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn depends_on_the_hour_only(seconds in 0_u64..8_000_000_000, offset in 0_u64..3_600) {
            let start = seconds / 3_600 * 3_600;
            let hour = HourOfDay::from_time(Time(start + offset));
            prop_assert_eq!(hour, HourOfDay::from_time(Time(start)));
            prop_assert_eq!(hour.as_str().parse::<u64>().unwrap(), start / 3_600 % 24);
            prop_assert_eq!(hour.as_str().len(), 2);
        }
    }
}
