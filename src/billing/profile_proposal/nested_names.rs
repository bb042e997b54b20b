//! Names of cells that are within others, as in JSON and XML: which part of a path says what the cell is.

/// Members and elements whose name says only that they have a value.
const GENERIC: [&str; 9] = ["value", "amount", "id", "text", "name", "label", "total", "number", "content"];

/// Members whose name says only in which unit an amount is.
const UNITS: [&str; 3] = ["cents", "micros", "minor"];

/// Returns the part of a path that says what the cell is: `clicks` of `/metrics/clicks/value`, `traffic/clicks` and `@clicks`.
pub(super) fn telling_part(path: &str) -> &str {
    let is_generic = |part: &&str| {
        let part = part.to_ascii_lowercase();
        GENERIC.contains(&part.as_str()) || part.ends_with("value")
    };
    let is_unit = |part: &&str| UNITS.contains(&part.to_ascii_lowercase().as_str());
    let parts = || path.rsplit('/').map(|part| part.trim_start_matches('@')).filter(|part| !part.is_empty());
    let telling = parts().find(|part| !is_generic(part) && !is_unit(part));
    telling.or_else(|| parts().find(|part| !is_unit(part))).or_else(|| parts().next()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_telling_part_is_the_last_that_is_not_generic() {
        for (path, part) in [
            ("clicks", "clicks"),
            ("@date", "date"),
            ("/metrics/clicks/value", "clicks"),
            ("/row/metricValues/CLICKS/integerValue", "CLICKS"),
            ("traffic/clicks", "clicks"),
            ("channel/@id", "channel"),
            ("revenue/@currency", "currency"),
            ("amount", "amount"),
            ("/amount/cents", "amount"),
            ("/revenue/micros", "revenue"),
            ("cents", "cents"),
            ("/value/id", "id"),
            ("", ""),
        ] {
            assert_eq!(telling_part(path), part, "{path}");
        }
    }
}
