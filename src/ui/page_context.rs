//! What a page needs to know about its reader: the language, and what its links and forms carry along.

use crate::fields::language::Language;
use crate::name::ConfigName;

/// Whom a page of ours is for: the language it is told in, and what its search box sends along.
#[derive(Debug)]
pub struct PageContext {
    /// The language, read as a search's field is.
    pub language: Language,
    /// Whether the address asked for one: then further searches are made in it.
    pub asked: bool,
    /// The code that the address named, where it is configured and not the default.
    pub code: Option<ConfigName>,
}
