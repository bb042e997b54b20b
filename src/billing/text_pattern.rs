//! Patterns in which `*` stands for any text.

/// Whether a text matches a pattern in which `*` stands for any text. Takes time in proportion to the product of their lengths at most.
#[must_use]
pub fn matches_pattern(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    let mut rest = rest;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (text, pattern, is_match) in [
            ("report.csv", "report.csv", true),
            ("report.csv", "report", false),
            ("report-2026-10.csv", "report-*.csv", true),
            ("report-2026-10.csv", "*", true),
            ("report-2026-10.csv", "*2026*csv", true),
            ("report-2026-10.csv", "*2027*csv", false),
            ("aa", "a*a*a", false),
            ("a.csv", "a.csv*", true),
            ("", "", true),
            ("a", "", false),
            ("aba", "ab*ba", false),
        ] {
            assert_eq!(matches_pattern(text, pattern), is_match, "{text} {pattern}");
        }
    }
}
