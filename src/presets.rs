//! Presets: a complete `[[partner]]` block for each well-known search engine, and profiles of well-known statements.
//!
//! They are based on public client code and documentation as of 2026-11. Contracts take precedence; each block states what
//! they must provide.

/// All partner presets, ordered by name: name and `[[partner]]` block.
pub const PARTNERS: [(&str, &str); 21] = [
    ("baidu", include_str!("presets/baidu.toml")),
    ("bing", include_str!("presets/bing.toml")),
    ("brave", include_str!("presets/brave.toml")),
    ("duckduckgo", include_str!("presets/duckduckgo.toml")),
    ("ecosia", include_str!("presets/ecosia.toml")),
    ("exa", include_str!("presets/exa.toml")),
    ("google", include_str!("presets/google.toml")),
    ("google-api", include_str!("presets/google-api.toml")),
    ("kagi", include_str!("presets/kagi.toml")),
    ("marginalia", include_str!("presets/marginalia.toml")),
    ("mojeek", include_str!("presets/mojeek.toml")),
    ("mwmbl", include_str!("presets/mwmbl.toml")),
    ("qwant", include_str!("presets/qwant.toml")),
    ("searxng", include_str!("presets/searxng.toml")),
    ("staan", include_str!("presets/staan.toml")),
    ("webiq", include_str!("presets/webiq.toml")),
    ("yacy", include_str!("presets/yacy.toml")),
    ("yahoo", include_str!("presets/yahoo.toml")),
    ("yahoo-hosted", include_str!("presets/yahoo-hosted.toml")),
    ("yandex", include_str!("presets/yandex.toml")),
    ("yandex-api", include_str!("presets/yandex-api.toml")),
];

/// The `[[partner]]` block of the preset with this name.
#[must_use]
pub fn partner(name: &str) -> Option<&'static str> {
    PARTNERS.iter().find(|(known, _)| *known == name).map(|(_, block)| *block)
}

/// All statement presets, ordered by name: name and the keys of a `statement` table.
pub const STATEMENTS: [(&str, &str); 17] = [
    ("above", include_str!("presets/statements/above.toml")),
    ("admob-api", include_str!("presets/statements/admob-api.toml")),
    ("admob-csv", include_str!("presets/statements/admob-csv.toml")),
    ("adsense-api", include_str!("presets/statements/adsense-api.toml")),
    ("adsense-csv", include_str!("presets/statements/adsense-csv.toml")),
    ("e-planning", include_str!("presets/statements/e-planning.toml")),
    ("google-ad-manager", include_str!("presets/statements/google-ad-manager.toml")),
    ("hourly", include_str!("presets/statements/hourly.toml")),
    ("microsoft", include_str!("presets/statements/microsoft.toml")),
    ("monthly", include_str!("presets/statements/monthly.toml")),
    ("parkingcrew", include_str!("presets/statements/parkingcrew.toml")),
    ("system1", include_str!("presets/statements/system1.toml")),
    ("tonic", include_str!("presets/statements/tonic.toml")),
    ("tonic-csv", include_str!("presets/statements/tonic-csv.toml")),
    ("yahoo-hourly", include_str!("presets/statements/yahoo-hourly.toml")),
    ("yahoo-type-tag", include_str!("presets/statements/yahoo-type-tag.toml")),
    ("yandex-direct", include_str!("presets/statements/yandex-direct.toml")),
];

/// The keys of the `statement` table of the preset with this name.
#[must_use]
pub fn statement(name: &str) -> Option<&'static str> {
    STATEMENTS.iter().find(|(known, _)| *known == name).map(|(_, profile)| *profile)
}
