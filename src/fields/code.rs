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
    /// All of them, sorted: there can be thousands, and each request names one.
    sorted: Vec<ConfigName>,
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
        let mut sorted: Vec<_> = std::iter::once(&default).chain(&others).cloned().collect();
        sorted.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        Self { default, others, sorted }
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
            Some(requested) => {
                let found = self.sorted.binary_search_by(|name| name.as_str().as_bytes().cmp(requested));
                match found.ok().and_then(|position| self.sorted.get(position)) {
                    Some(name) => RequestedCode::Known(Code(name.clone())),
                    None => RequestedCode::Unknown(default()),
                }
            }
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

    #[test]
    fn finds_each_of_many_codes() {
        let names: Vec<_> = (0..1_000).rev().map(|n| ConfigName::new(&format!("c{n}")).unwrap()).collect();
        let codes = Codes::new(names[0].clone(), names[1..].to_vec());
        for name in &names {
            assert_eq!(codes.resolve(Some(name.as_str().as_bytes())), RequestedCode::Known(Code(name.clone())));
        }
        assert_eq!(
            codes.iter().collect::<Vec<_>>(),
            names.iter().collect::<Vec<_>>(),
            "in the order of the configuration"
        );
    }

    proptest! {
        #[test]
        fn returns_configured_codes_only(requested in proptest::collection::vec(any::<u8>(), 0..40)) {
            let (RequestedCode::Known(code) | RequestedCode::Unknown(code)) = codes().resolve(Some(&requested));
            prop_assert!(codes().iter().any(|name| name == code.name()));
        }
    }
}
