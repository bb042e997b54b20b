//! How far a partner's click count may differ from ours before the difference must be explained.

/// The tolerance of a contract. Shares are hundredths of a per cent of our count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Clicks by which a period, or a code, may differ, however few clicks it has.
    pub clicks: u64,
    /// The share by which a day may differ. The larger of `clicks` and `day` applies.
    pub day: u32,
    /// The share by which a month may differ, or a period of several days.
    pub month: u32,
    /// The share above which a month is a dispute.
    pub dispute: u32,
}

/// The usual clause of such contracts: 5 clicks or 2 % a day, 1 % a month, a dispute above 10 %.
impl Default for Tolerance {
    fn default() -> Self {
        Self { clicks: 5, day: 200, month: 100, dispute: 1_000 }
    }
}

/// 100 % in hundredths of a per cent.
pub const HUNDRED_PER_CENT: u64 = 10_000;

/// Returns a share of a number, in hundredths of a per cent, rounded down.
#[must_use]
pub fn share(n: u64, hundredths: u32) -> u64 {
    let share = u128::from(n) * u128::from(hundredths) / u128::from(HUNDRED_PER_CENT);
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Formats hundredths as a decimal number with two decimals.
#[must_use]
pub fn hundredths(n: i64) -> String {
    let (sign, n) = (if n < 0 { "-" } else { "" }, n.unsigned_abs());
    format!("{sign}{}.{:02}", n / 100, n % 100)
}
