//! Partner code: one of the configured codes.
//!
//! A free-form code could carry an ID, so an absent or unknown code becomes the default code, and the caller counts unknown
//! ones.

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

/// The closed list of codes. The first is the default.
#[derive(Debug, Clone)]
pub struct Codes {
    default: ConfigName,
    others: Vec<ConfigName>,
}

/// The code of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum RequestedCode {
    /// The requested code, or the default if none was requested.
    Known(Code),
    /// The default code, because the requested one is not in the list.
    Unknown(Code),
}

impl Codes {
    /// The list of `default` and `others`.
    #[must_use]
    pub fn new(default: ConfigName, others: Vec<ConfigName>) -> Self {
        Self { default, others }
    }

    /// All codes, default first.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigName> {
        std::iter::once(&self.default).chain(&self.others)
    }

    /// Resolves the `code` parameter. An empty one counts as absent.
    #[must_use]
    pub fn resolve(&self, requested: Option<&[u8]>) -> RequestedCode {
        let default = || Code(self.default.clone());
        match requested {
            None | Some([]) => RequestedCode::Known(default()),
            Some(requested) => match self.iter().find(|name| name.as_str().as_bytes() == requested) {
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
    fn resolves_known_absent_and_unknown_codes() {
        let code = |name: &str| Code(ConfigName::new(name).unwrap());
        assert_eq!(codes().resolve(Some(b"beta")), RequestedCode::Known(code("beta")));
        assert_eq!(codes().resolve(None), RequestedCode::Known(code("main")));
        assert_eq!(codes().resolve(Some(b"")), RequestedCode::Known(code("main")));
        assert_eq!(codes().resolve(Some(b"Beta")), RequestedCode::Unknown(code("main")));
    }

    proptest! {
        #[test]
        fn returns_configured_codes_only(requested in proptest::collection::vec(any::<u8>(), 0..40)) {
            let (RequestedCode::Known(code) | RequestedCode::Unknown(code)) = codes().resolve(Some(&requested));
            prop_assert!(codes().iter().any(|name| name == code.name()));
        }
    }
}
