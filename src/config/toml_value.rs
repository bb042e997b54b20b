//! Values read from a TOML file, with their location in it.

use std::ops::Range;

use toml::de::DeValue;

/// A value with its location, so that an error found later can name its line and key.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its byte range in the file.
    pub span: Range<usize>,
    /// Its full key, including its tables.
    pub key: String,
}

impl<T> Located<T> {
    /// The same location with another value.
    pub(super) fn with<U>(self, value: U) -> Located<U> {
        Located { value, span: self.span, key: self.key }
    }
}

/// One entry of a table whose keys the operator chooses, such as `headers`.
#[derive(Debug)]
pub struct Entry<'t> {
    /// The entry's key.
    pub name: String,
    /// The entry's value.
    pub value: Located<DeValue<'t>>,
}

impl<'t> Entry<'t> {
    /// The place and the items of a list; the entry itself, boxed since it is large, if it is none.
    pub(super) fn into_items(self) -> Result<(Located<()>, Vec<Self>), Box<Self>> {
        let Located { value: DeValue::Array(items), span, key } = self.value else { return Err(Box::new(self)) };
        let item = |(index, item): (usize, toml::Spanned<DeValue<'t>>)| {
            let (span, key) = (item.span(), format!("{key}[{index}]"));
            Self { name: self.name.clone(), value: Located { value: item.into_inner(), span, key } }
        };
        let items = items.into_iter().enumerate().map(item).collect();
        Ok((Located { value: (), span, key }, items))
    }

    /// A decimal integer, `true` or `false`, as text. None for any other value.
    pub(super) fn literal(&self) -> Option<String> {
        let integer = self.value.value.as_integer().filter(|integer| integer.radix() == 10);
        let integer = integer.map(|integer| integer.as_str().trim_start_matches('+').replace('_', ""));
        integer.or_else(|| self.value.value.as_bool().map(|boolean| boolean.to_string()))
    }
}

/// A key that accepts a list of strings or a table.
#[derive(Debug)]
pub enum ListOrEntries<'t> {
    /// `["a", "b"]`
    List(Vec<Located<String>>),
    /// `{ a = …, b = … }`
    Entries(Vec<Entry<'t>>),
}
