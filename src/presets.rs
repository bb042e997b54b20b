//! Partners that an operator need not look up: a ready `[[partner]]` block for each engine, from public
//! client code and documents as of 2026-11. Contracts decide; each block says what they are to fill in.

/// Every preset with its name, in the order of the names.
pub const ALL: [(&str, &str); 13] = [
    ("baidu", include_str!("presets/baidu.toml")),
    ("bing", include_str!("presets/bing.toml")),
    ("brave", include_str!("presets/brave.toml")),
    ("duckduckgo", include_str!("presets/duckduckgo.toml")),
    ("ecosia", include_str!("presets/ecosia.toml")),
    ("google", include_str!("presets/google.toml")),
    ("kagi", include_str!("presets/kagi.toml")),
    ("mojeek", include_str!("presets/mojeek.toml")),
    ("qwant", include_str!("presets/qwant.toml")),
    ("searxng", include_str!("presets/searxng.toml")),
    ("yahoo", include_str!("presets/yahoo.toml")),
    ("yahoo-hosted", include_str!("presets/yahoo-hosted.toml")),
    ("yandex", include_str!("presets/yandex.toml")),
];

/// The block of this name.
#[must_use]
pub fn block(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, block)| *block)
}

/// How statements of known sources are read, by name: a `statement` table without its braces each. Facts as of 2026-11.
pub const STATEMENTS: [(&str, &str); 10] = [
    ("admob-csv", include_str!("presets/statements/admob-csv.toml")),
    ("adsense-api", include_str!("presets/statements/adsense-api.toml")),
    ("adsense-csv", include_str!("presets/statements/adsense-csv.toml")),
    ("e-planning", include_str!("presets/statements/e-planning.toml")),
    ("microsoft", include_str!("presets/statements/microsoft.toml")),
    ("system1", include_str!("presets/statements/system1.toml")),
    ("tonic", include_str!("presets/statements/tonic.toml")),
    ("yahoo-hourly", include_str!("presets/statements/yahoo-hourly.toml")),
    ("yahoo-type-tag", include_str!("presets/statements/yahoo-type-tag.toml")),
    ("yandex-direct", include_str!("presets/statements/yandex-direct.toml")),
];

/// The profile of this name.
#[must_use]
pub fn statement(name: &str) -> Option<&'static str> {
    STATEMENTS.iter().find(|(known, _)| *known == name).map(|(_, profile)| *profile)
}
