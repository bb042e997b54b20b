//! `[release]`: the noise that is added to slices in reports.

use crate::config::table_reader::TableReader;
use crate::report::noise::Epsilon;

/// Reads `epsilon`. None means no noise.
pub(super) fn read(mut table: TableReader<'_>) -> Option<Epsilon> {
    let text = table.decimal("epsilon");
    let epsilon = text.and_then(|text| Epsilon::new(&text.value).map_err(|error| table.error_at(&text, error)).ok());
    table.finish();
    epsilon
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::Diagnostics;

    fn parse(text: &str) -> (Option<Epsilon>, String) {
        let diagnostics = Diagnostics::new(text);
        let epsilon = read(TableReader::root(text, &diagnostics).table("release"));
        (epsilon, diagnostics.sorted().iter().map(|error| format!("{error}\n")).collect())
    }

    #[test]
    fn adds_no_noise_by_default() {
        assert_eq!(parse(""), (None, String::new()));
        assert_eq!(parse("[release]"), (None, String::new()));
    }

    #[test]
    fn parses_epsilon_exactly() {
        for (written, parsed) in [("0.5", "0.5"), ("1", "1"), ("0.001", "0.001"), ("10.0", "10")] {
            let expected = (Some(Epsilon::new(parsed).unwrap()), String::new());
            assert_eq!(parse(&format!("[release]\nepsilon = {written}")), expected);
        }
    }

    #[test]
    fn rejects_values_that_are_not_numbers_in_range() {
        for value in ["0", "0.0001", "11", "-1", "1e-1", "inf", "nan"] {
            let (epsilon, errors) = parse(&format!("[release]\nepsilon = {value}"));
            assert!(epsilon.is_none(), "{value}");
            assert!(
                errors.contains("2: release.epsilon: ") && errors.contains("from 0.001 to 10"),
                "{value}: {errors}"
            );
        }
        for value in ["\"1\"", "true", "0x1", "[1]"] {
            let errors = parse(&format!("[release]\nepsilon = {value}")).1;
            assert!(errors.contains("2: release.epsilon: must be a number without quotes"), "{value}: {errors}");
        }
        assert!(parse("[release]\nepsilom = 1").1.contains("did you mean \"epsilon\"?"));
    }
}
