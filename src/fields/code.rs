//! Partner code: one of the configured codes. A code is an ID channel, so only configured ones exist:
//! an absent or unknown one becomes the default code, and the caller counts the unknown.

use crate::name::ConfigName;

/// A configured code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code(ConfigName);

impl Code {
    /// The code's name.
    #[must_use]
    pub fn name(&self) -> &ConfigName {
        &self.0
    }
}

/// The closed list of codes; the first is the default.
#[derive(Debug, Clone)]
pub struct Codes {
    default: ConfigName,
    others: Vec<ConfigName>,
}

/// What a request's `code` parameter turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum RequestedCode {
    /// One of the list, or absent.
    Known(Code),
    /// Not of the list; the default code stands in.
    Unknown(Code),
}

impl Codes {
    /// The list, default first.
    #[must_use]
    pub fn new(default: ConfigName, others: Vec<ConfigName>) -> Self {
        Self { default, others }
    }

    /// Every code, default first.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigName> {
        std::iter::once(&self.default).chain(&self.others)
    }

    /// Finds the code that a client named.
    #[must_use]
    pub fn read(&self, asked: Option<&[u8]>) -> RequestedCode {
        let default = || Code(self.default.clone());
        match asked {
            None | Some([]) => RequestedCode::Known(default()),
            Some(asked) => match self.iter().find(|name| name.as_str().as_bytes() == asked) {
                Some(name) => RequestedCode::Known(Code(name.clone())),
                None => RequestedCode::Unknown(default()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes() -> Codes {
        Codes::new(ConfigName::new("main").unwrap(), vec![ConfigName::new("beta").unwrap()])
    }

    #[test]
    fn known_absent_and_unknown() {
        let code = |name: &str| Code(ConfigName::new(name).unwrap());
        assert_eq!(codes().read(Some(b"beta")), RequestedCode::Known(code("beta")));
        assert_eq!(codes().read(None), RequestedCode::Known(code("main")));
        assert_eq!(codes().read(Some(b"")), RequestedCode::Known(code("main")));
        assert_eq!(codes().read(Some(b"Beta")), RequestedCode::Unknown(code("main")));
    }

    proptest! {
        #[test]
        fn nothing_but_configured_codes_comes_out(asked in proptest::collection::vec(any::<u8>(), 0..40)) {
            let (RequestedCode::Known(code) | RequestedCode::Unknown(code)) = codes().read(Some(&asked));
            prop_assert!(codes().iter().any(|name| name == code.name()));
        }
    }
}
