//! The table `[release]`: whether the numbers of slices get noise before they are shown.

use crate::config::read::Section;
use crate::report::noise::Epsilon;

/// `epsilon`, which may be left out.
pub(super) fn epsilon(mut section: Section<'_>) -> Option<Epsilon> {
    let text = section.decimal("epsilon");
    let epsilon = text.and_then(|text| Epsilon::new(&text.value).map_err(|what| section.wrong(&text, what)).ok());
    section.end();
    epsilon
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::Diagnostics;

    fn read(text: &str) -> (Option<Epsilon>, String) {
        let sink = Diagnostics::new(text);
        let epsilon = epsilon(Section::file(text, &sink).table("release"));
        (epsilon, sink.all().iter().map(|mistake| format!("{mistake}\n")).collect())
    }

    #[test]
    fn there_is_no_noise_unless_asked_for() {
        assert_eq!(read(""), (None, String::new()));
        assert_eq!(read("[release]"), (None, String::new()));
    }

    #[test]
    fn epsilon_is_a_number_as_it_is_written() {
        for (written, meant) in [("0.5", "0.5"), ("1", "1"), ("0.001", "0.001"), ("10.0", "10")] {
            let wanted = (Some(Epsilon::new(meant).unwrap()), String::new());
            assert_eq!(read(&format!("[release]\nepsilon = {written}")), wanted);
        }
    }

    #[test]
    fn mistakes_say_what_to_do() {
        for wrong in ["0", "0.0001", "11", "-1", "1e-1", "inf", "nan"] {
            let (epsilon, mistakes) = read(&format!("[release]\nepsilon = {wrong}"));
            assert!(epsilon.is_none(), "{wrong}");
            assert!(
                mistakes.contains("2: release.epsilon: this must be a number from 0.001 to 10"),
                "{wrong}: {mistakes}"
            );
        }
        for wrong in ["\"1\"", "true", "0x1", "[1]"] {
            let mistakes = read(&format!("[release]\nepsilon = {wrong}")).1;
            assert!(
                mistakes.contains("2: release.epsilon: this must be a number without quotes"),
                "{wrong}: {mistakes}"
            );
        }
        assert!(read("[release]\nepsilom = 1").1.contains("did you mean \"epsilon\"?"));
    }
}
