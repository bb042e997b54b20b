//! Names of partners and codes as parts of account names.

/// Returns a name as part of an account name, in which two spaces, a colon and a semicolon have a meaning.
pub(super) fn account_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/') { c } else { '_' };
    name.chars().map(plain).collect()
}
