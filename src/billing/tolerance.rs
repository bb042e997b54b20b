//! How far a partner's count may lie from ours before somebody must ask why.

/// The tolerance of a contract. Shares are in hundredths of a per cent of our count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Clicks by which a day may differ, however few it has.
    pub clicks: u64,
    /// The share by which a day may differ; the larger of the two holds.
    pub day: u32,
    /// The share by which a month may differ.
    pub month: u32,
    /// The share past which a month is a dispute.
    pub dispute: u32,
}

/// What contracts of this kind usually say: 5 clicks or 2 % a day, 1 % a month, and 10 % makes a dispute.
impl Default for Tolerance {
    fn default() -> Self {
        Self { clicks: 5, day: 200, month: 100, dispute: 1_000 }
    }
}
