//! How far a partner's click count may differ from ours before the difference must be explained.

/// The tolerance of a contract. Shares are hundredths of a per cent of our count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Clicks by which a day may differ, however few clicks it has.
    pub clicks: u64,
    /// The share by which a day may differ. The larger of `clicks` and `day` applies.
    pub day: u32,
    /// The share by which a month may differ.
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
