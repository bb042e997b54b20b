//! The six fields of a search, a file each, and [`SixFields`], the only thing of a search that travels
//! past `door/` (CONTRACT section 1). There is no seventh field and no type here that could hold one.

pub mod anonymous_id;
pub mod browser;
pub mod code;
pub mod keyword;
pub mod language;
pub mod personal;
pub mod time;

use anonymous_id::AnonymousId;
use browser::Browser;
use code::Code;
use keyword::Keyword;
use language::Language;
use time::HourOfDay;

/// What a partner may learn of one search: each part is a type that cannot hold anything else.
#[derive(Debug)]
pub struct SixFields {
    /// What is searched for.
    pub keyword: Keyword,
    /// The UTC hour of the proxy's clock.
    pub time: HourOfDay,
    /// One entry of the closed list.
    pub language: Language,
    /// The browser's family.
    pub browser: Browser,
    /// The toolbar's ID, to be turned into a pseudonym for each partner; absent where the client said no.
    pub anonymous_id: Option<AnonymousId>,
    /// The partner code.
    pub code: Code,
}
