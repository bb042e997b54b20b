//! The files that a configuration names. Read from its text, because a checked configuration keeps the contents of some and not their
//! names.

use std::fs;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::doctor::known_file::{KnownFile, Readers};

/// The configuration file itself and the files that it names. Empty if there is no file.
pub(super) fn read(config: &Path) -> Vec<KnownFile> {
    let Ok(text) = fs::read_to_string(config) else { return Vec::new() };
    let mut files = vec![KnownFile {
        path: config.to_owned(),
        holds: "the configuration: names, addresses and limits; no secret",
        readers: Readers::Anybody,
    }];
    let folder = config.parent().unwrap_or(Path::new(""));
    if let Ok(table) = DeTable::parse(&text) {
        collect("", table.get_ref(), folder, &mut files);
    }
    files
}

/// Adds the files that a table and the tables within it name. `parent` is the table's own key.
fn collect(parent: &str, table: &DeTable<'_>, folder: &Path, files: &mut Vec<KnownFile>) {
    for (key, value) in table {
        let key: &str = key.get_ref();
        match value.get_ref() {
            DeValue::String(name) => {
                if let Some((holds, readers)) = named_file(parent, key) {
                    files.push(KnownFile { path: resolve(folder, name), holds, readers });
                }
            }
            DeValue::Table(table) => {
                // A value of `headers` or `fixed` that is in a file: its table has the name of the parameter.
                let is_constant = matches!(parent, "headers" | "fixed");
                collect(if is_constant { "constant" } else { key }, table, folder, files);
            }
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(table) = item.get_ref() {
                        collect(key, table, folder, files);
                    }
                }
            }
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
    }
}

fn named_file(parent: &str, key: &str) -> Option<(&'static str, Readers)> {
    match (parent, key) {
        ("listen", "certificate") => Some(("the TLS certificate of the public listener", Readers::Anybody)),
        ("listen", "key") => Some(("the private key of that certificate", Readers::Owner)),
        ("admin", "token_file") => Some(("the token of the admin listener", Readers::Owner)),
        ("counts", "store_password_file") => Some(("the password of the PostgreSQL server", Readers::Owner)),
        ("dedupe", "password_file") => Some(("the password of the deduplication server", Readers::Owner)),
        ("constant", "file") => Some(("a partner's credential", Readers::Owner)),
        ("keyword_group", "file") => Some(("terms of a keyword group", Readers::Anybody)),
        ("service", "logo" | "icon") => Some(("an image for the pages", Readers::Anybody)),
        _ => None,
    }
}

fn resolve(folder: &Path, name: &str) -> PathBuf {
    folder.join(name)
}
