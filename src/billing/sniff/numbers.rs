//! Which marks numbers are written with.

/// Proposes `decimal_mark` and `group_mark`, or says that they cannot be told.
pub(super) fn marks(line: &mut impl FnMut(&str), numbers: &[&str]) {
    let both = numbers.iter().find(|text| text.contains(',') && text.contains('.'));
    if let Some(text) = both {
        // The mark that stands last divides off the decimals.
        let last = text.rfind([',', '.']).and_then(|at| text.get(at..=at));
        return if last == Some(",") { say(line, ',', Some('.')) } else { say(line, '.', Some(',')) };
    }
    let only = |mark: char| numbers.iter().any(|text| text.contains(mark));
    // Three digits behind a single mark may be decimals or thousands.
    let unclear = |mark: char| {
        let behind = |text: &&&str| text.trim().rsplit_once(mark).is_some_and(|(_, behind)| behind.len() != 3);
        !numbers.iter().filter(|text| text.contains(mark)).any(|text| behind(&text))
    };
    // One mark in some cells, the other in others: the one that never has three digits behind it divides off decimals.
    if only(',') && only('.') {
        match (unclear(','), unclear('.')) {
            (true, false) => return say(line, '.', Some(',')),
            (false, true) => return say(line, ',', Some('.')),
            (true, true) | (false, false) => return line("# ask: how numbers are written: decimal_mark, group_mark"),
        }
    }
    let several = |mark: char| numbers.iter().any(|text| text.matches(mark).count() > 1);
    for (mark, other) in [(',', '.'), ('.', ',')] {
        if only(mark) {
            return match (several(mark), unclear(mark)) {
                (true, _) => say(line, other, Some(mark)),
                (false, false) => say(line, mark, None),
                (false, true) => {
                    line(&format!("# ask: whether \"{mark}\" divides off decimals or thousands; take the right line:"));
                    line(&format!("# decimal_mark = \"{mark}\""));
                    line(&format!("# decimal_mark = \"{other}\"\n# group_mark = \"{mark}\""));
                }
            };
        }
    }
}

fn say(line: &mut impl FnMut(&str), decimal: char, group: Option<char>) {
    line(&format!("decimal_mark = \"{decimal}\""));
    if let Some(group) = group {
        line(&format!("group_mark = \"{group}\""));
    }
}
