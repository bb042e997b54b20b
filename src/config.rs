//! `proxy.toml`: read whole, every mistake reported at once ([`read`]), and turned into a [`Config`] that
//! cannot be wrong. The file's tables: [`service`] (listeners, counts, limits), [`store`], [`mod@dedupe`], [`codes`], [`partners`]
//! with [`images`] and [`mod@statement`], [`keyword_groups`], [`release`].

pub mod codes;
pub mod dedupe;
pub mod diagnostic;
pub mod images;
pub mod keyword_groups;
pub mod partners;
pub mod read;
pub mod release;
pub mod service;
pub mod statement;
pub mod store;

use std::path::{Path, PathBuf};

use crate::billing::contract::Contract;
use crate::config::dedupe::DedupeConfig;
use crate::config::diagnostic::{Diagnostic, Diagnostics};
use crate::config::read::Section;
use crate::config::service::{AdminConfig, CountsConfig, LimitsConfig, ListenConfig};
use crate::fields::code::Codes;
use crate::fields::keyword::PersonalData;
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::language::{BadList, Languages};
use crate::partner::Partner;
use crate::partner::route::CodeRoute;
use crate::report::noise::Epsilon;

/// Languages where the file names none: the first is the default of all requests.
const LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "pt-BR", "zh-Hans", "ja"];

/// A checked configuration.
#[derive(Debug)]
pub struct Config {
    /// The closed list of languages.
    pub languages: Languages,
    /// What is done about personal data in keywords.
    pub personal_data: PersonalData,
    /// The public listener.
    pub listen: ListenConfig,
    /// The admin listener.
    pub admin: AdminConfig,
    /// The store, the keys and how clicks are counted.
    pub counts: CountsConfig,
    /// How strong the noise of released slices is; None adds none.
    pub release: Option<Epsilon>,
    /// The memory that nodes share, where there are several.
    pub dedupe: Option<DedupeConfig>,
    /// Every bound.
    pub limits: LimitsConfig,
    /// The closed list of codes.
    pub codes: Codes,
    /// A route for each code.
    pub routes: Vec<CodeRoute>,
    /// The partners.
    pub partners: Vec<Partner>,
    /// What is agreed with each of them, in the same order.
    pub terms: Vec<Contract>,
    /// The groups that keywords are counted in.
    pub keyword_groups: KeywordGroups,
}

/// Why there is no configuration.
#[derive(Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// It has mistakes, in the order of its lines.
    Mistakes(PathBuf, Vec<Diagnostic>),
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(path, error) => {
                let path = path.display();
                if error.kind() == std::io::ErrorKind::InvalidData {
                    return write!(f, "{path}: this is not a text in UTF-8, as TOML is");
                }
                write!(f, "{path}: {error}; name the configuration with --config FILE")
            }
            Self::Mistakes(path, mistakes) => {
                for mistake in mistakes {
                    writeln!(f, "{}:{mistake}", path.display())?;
                }
                let n = mistakes.len();
                write!(f, "{n} mistake{} in {}", if n == 1 { "" } else { "s" }, path.display())
            }
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks a file; relative paths in it are relative to its own folder.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        Self::parse(&text, &folder).map_err(|mistakes| ConfigError::Mistakes(path.to_owned(), mistakes))
    }

    /// Checks a text as if it were a file in this folder.
    ///
    /// # Errors
    /// Every mistake, in the order of the lines.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_into(text, folder, &Diagnostics::new(text))
    }

    fn parse_into(text: &str, folder: &Path, sink: &Diagnostics) -> Result<Self, Vec<Diagnostic>> {
        let mut file = Section::file(text, sink);
        let languages = languages(&mut file);
        let words = [("redact", PersonalData::Redact), ("refuse", PersonalData::Refuse), ("off", PersonalData::Off)];
        let personal_data = file.word("personal_data", PersonalData::Redact, &words);
        let listen = service::listen(file.table("listen"), folder);
        let admin = service::admin(file.table("admin"), folder);
        let counts = service::counts(file.table("counts"), folder);
        let dedupe = dedupe::dedupe(&mut file, folder);
        let release = release::epsilon(file.table("release"));
        let limits = service::limits(file.table("limits"));
        let (partners, mut terms) = partners::all(&mut file, folder, languages.as_ref());
        let codes = codes::all(&mut file, &partners);
        let keyword_groups = keyword_groups::all(&mut file, folder);
        if let (Some(public), Some(admin)) = (&listen, &admin)
            && public.address == admin.address
            && public.address.port() != 0
        {
            file.mistake("admin", "the admin listener has the public one's address; give it another port");
        }
        file.end();
        let whole = || {
            let (codes, routes) = codes?;
            for choice in routes.iter().flat_map(|route| &route.choices) {
                if let Some(terms) = terms.get_mut(choice.partner) {
                    terms.tags.push(choice.tag.clone());
                }
            }
            Some(Self {
                languages: languages?,
                personal_data,
                listen: listen?,
                admin: admin?,
                counts: counts?,
                release,
                dedupe,
                limits,
                codes,
                routes,
                partners,
                terms,
                keyword_groups,
            })
        };
        let mistakes = sink.all();
        if mistakes.is_empty() { whole().ok_or(mistakes) } else { Err(mistakes) }
    }
}

fn languages(file: &mut Section<'_>) -> Option<Languages> {
    let Some(tags) = file.texts("languages") else { return Languages::new(LANGUAGES).ok() };
    let mistake = match Languages::new(tags.iter().map(|tag| tag.value.as_str())) {
        Ok(languages) => return Some(languages),
        Err(mistake) => mistake,
    };
    match mistake {
        BadList::Empty => file.mistake("languages", "the list needs an entry, to be the default"),
        BadList::NotATag(index) => {
            if let Some(tag) = tags.get(index) {
                file.wrong(tag, "this is no language tag (BCP 47), such as \"en\", \"pt-BR\" or \"zh-Hans\"");
            }
        }
        BadList::Twice(index) => {
            if let Some(tag) = tags.get(index) {
                file.wrong(tag, "this language stands in the list already");
            }
        }
    }
    None
}

/// A path of the configuration: relative ones are relative to the file's folder.
fn path(folder: &Path, text: &str) -> PathBuf {
    folder.join(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../proxy.toml");

    fn mistakes(text: &str) -> String {
        let mistakes = Config::parse(text, Path::new(".")).unwrap_err();
        mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
    }

    #[test]
    fn the_shipped_file_is_right() {
        let config = Config::parse(SHIPPED, Path::new(".")).map_err(|mistakes| format!("{mistakes:?}")).unwrap();
        assert_eq!(config.partners.len(), 1);
        assert_eq!(config.codes.iter().count(), 1);
    }

    /// Every key is in the shipped file, and stands there at its default: taking out any line that sets
    /// an optional key changes nothing.
    #[test]
    fn the_shipped_file_holds_every_key_at_its_default() {
        let whole = format!("{:?}", Config::parse(SHIPPED, Path::new(".")).unwrap());
        for section in ["listen", "admin", "counts", "limits"] {
            let start = SHIPPED.find(&format!("\n[{section}]\n")).unwrap() + 1;
            let end = SHIPPED[start + 1..].find("\n[").map_or(SHIPPED.len(), |end| start + 1 + end);
            let without = format!("{}{}", &SHIPPED[..start], &SHIPPED[end..]);
            let config = Config::parse(&without, Path::new(".")).unwrap();
            assert_eq!(format!("{config:?}"), whole, "[{section}] is not at its defaults");
        }
        // By default there is no keyword group, so the example is a comment. It is right all the same.
        let mut shown = SHIPPED.to_owned();
        for line in ["[[keyword_group]]\n", "name = \"insurance\"\n", "terms = ["] {
            assert_eq!(SHIPPED.matches(&format!("\n# {line}")).count(), 1, "{line}");
            shown = shown.replace(&format!("\n# {line}"), &format!("\n{line}"));
        }
        assert!(SHIPPED.contains("\n# file = \""));
        let sink = Diagnostics::new(&shown);
        let config = Config::parse_into(&shown, Path::new("."), &sink).unwrap();
        assert_eq!(config.keyword_groups.iter().count(), 1);
        let later = ["preset", "encoding", "delimiter", "totals", "final"];
        for key in sink.known().into_iter().filter(|key| !later.contains(key)) {
            let stands = regex::Regex::new(&format!(r"(?m)(\b{key} = |\[{key}\])")).unwrap();
            assert!(stands.is_match(SHIPPED), "{key} is not in the shipped proxy.toml");
        }
    }

    #[test]
    fn mistakes_come_with_line_key_and_remedy() {
        let text = "persnal_data = \"off\"\nlanguages = [\"en\", \"n t\"]\n[listen]\naddress = \"here\"\n[admin]\naddress = \"0.0.0.0:1\"\n";
        let found = mistakes(text);
        for wanted in [
            "1: persnal_data: this key is unknown; did you mean \"personal_data\"?",
            "2: languages[1]: this is no language tag",
            "4: listen.address: ",
            "6: admin.address: ",
            "[[partner]]",
            "[[code]]",
        ] {
            assert!(found.contains(wanted), "{wanted} is not in\n{found}");
        }
    }

    #[test]
    fn what_would_tell_partners_about_users_is_refused_with_the_reason() {
        let base = "[[code]]\nname = \"a\"\npartners = [\"p\"]\n[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\nresults = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";
        let with = |line: &str| mistakes(&format!("{base}{line}\n"));
        let send = "send = { keyword = \"q\" }\n";
        for header in [
            "X-MSEdge-ClientID",
            "x-search-clientip",
            "X-Search-Location",
            "Cookie",
            "X-Forwarded-For",
            "Host",
            "User-Agent",
        ] {
            let found = with(&format!("{send}headers = {{ \"{header}\" = \"x\" }}"));
            assert!(found.contains("partner[0].headers"), "{header}: {found}");
        }
        for parameter in ["affilData", "ip", "ua"] {
            assert!(
                with(&format!("{send}fixed = {{ {parameter} = \"x\" }}")).contains("partner[0].fixed"),
                "{parameter}"
            );
        }
        assert!(
            with("send = { keyword = \"q\", address = \"ip\" }")
                .contains("partner[0].send.address: this key is unknown")
        );
        assert!(with("send = { lang = \"l\" }").contains("partner[0].send.keyword: this key is missing"));
    }
}
