//! The signs between and after words in lists, by script.

/// Signs that pages put between texts.
#[derive(Debug, Clone, Copy)]
pub struct Punctuation {
    /// Between the items of a list.
    pub comma: &'static str,
    /// After a sentence.
    pub full_stop: &'static str,
    /// After a name that a sentence is about.
    pub colon: &'static str,
}

impl Punctuation {
    /// Of the Latin and the Hebrew script.
    pub const LATIN: Self = Self { comma: ", ", full_stop: ".", colon: ": " };
    /// Of French, whose colon follows a space.
    pub const FRENCH: Self = Self { colon: "\u{a0}: ", ..Self::LATIN };
    /// Of the Arabic script.
    pub const ARABIC: Self = Self { comma: "، ", ..Self::LATIN };
    /// Of Chinese and Japanese.
    pub const CJK: Self = Self { comma: "、", full_stop: "。", colon: "：" };
}
