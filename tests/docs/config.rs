//! Merging a fragment of a configuration into the shipped `proxy.toml`.

/// A table of a configuration: its header line, empty for the top level, and the lines below it.
struct Table {
    header: String,
    lines: Vec<String>,
}

impl Table {
    /// The value of a key as it is written.
    fn value(&self, key: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.split_once('=').filter(|(name, _)| name.trim() == key)).map(
            |(_, value)| {
                let value = value.trim();
                value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
            },
        )
    }

    /// Tables of a list are the same table if they have the same name.
    fn is(&self, other: &Table) -> bool {
        self.header == other.header && (!self.header.starts_with("[[") || self.value("name") == other.value("name"))
    }
}

fn tables(text: &str) -> Vec<Table> {
    let mut tables = vec![Table { header: String::new(), lines: Vec::new() }];
    for line in text.lines() {
        if line.starts_with('[') {
            let header = line.split('#').next().unwrap().trim().to_owned();
            tables.push(Table { header, lines: Vec::new() });
        } else {
            tables.last_mut().unwrap().lines.push(line.to_owned());
        }
    }
    tables
}

/// A configuration in which the keys of `fragment` replace those of `shipped`. Tables that `shipped` lacks are added.
pub fn merge(shipped: &str, fragment: &str) -> String {
    let mut merged = tables(shipped);
    for table in tables(fragment) {
        let Some(known) = merged.iter_mut().find(|known| known.is(&table)) else {
            merged.push(table);
            continue;
        };
        let name = |line: &str| line.split_once('=').map(|(name, _)| name.trim().to_owned());
        known.lines.retain(|line| name(line).is_none_or(|name| table.value(&name).is_none()));
        known.lines.extend(table.lines);
    }
    merged.iter().map(|Table { header, lines }| format!("{header}\n{}\n", lines.join("\n"))).collect()
}

/// The files that a configuration names for secrets, passwords and terms.
pub fn named_files(config: &str) -> Vec<String> {
    let file = regex::Regex::new(r#"(?m)^[^#\n]*?\b[a-z_]*file = "([^"]+)""#).unwrap();
    file.captures_iter(config).map(|found| found[1].to_owned()).collect()
}
