//! The keys of `[[partner]]` that describe the answer: where results are in JSON, which links of a page are whose.

use std::sync::Arc;

use url::Url;

use crate::answer::html::{RewriteRules, WallMarker};
use crate::answer::link_rules::LinkRules;
use crate::answer::links::pattern::Pattern;
use crate::config::json_document;
use crate::config::json_results;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::partner::AnswerFormat;

/// A shorter phrase is part of too many words.
const MIN_PHRASE_BYTES: usize = 4;

/// The other keys of the partner that the rewriting of its pages needs.
pub(super) struct AnswerContext<'a> {
    /// The partner's URL.
    pub(super) url: &'a Url,
    /// The parameter name of the keyword.
    pub(super) keyword: &'a str,
    /// Images are proxied.
    pub(super) images: bool,
}

/// Reads the keys of an answer in JSON.
pub(super) fn json(table: &mut TableReader<'_>, base: &Url) -> AnswerFormat {
    for key in ["sponsored_links", "own_pages", "walls", "no_results"] {
        if table.string_list(key).is_some_and(|patterns| !patterns.is_empty()) {
            table.error_at_key(key, "applies only to format = \"html\"; in JSON use results = { sponsored = … }");
        }
    }
    let mut mapping = json_results::read(table, base);
    json_document::read(table, &mut mapping);
    AnswerFormat::Json(Arc::new(mapping))
}

/// Reads the keys of an answer in HTML.
pub(super) fn html(table: &mut TableReader<'_>, context: &AnswerContext<'_>) -> AnswerFormat {
    for key in ["results", "max_results", "text", "document", "empty_if", "failure_if"] {
        if table.is_in_file(key) {
            table.error_at_key(key, "applies only to format = \"json\"; remove it");
        }
    }
    let sponsored = patterns(table, "sponsored_links");
    let own = patterns(table, "own_pages");
    let links = LinkRules { url: context.url.clone(), sponsored, own };
    let (walls, no_results) = (walls(table), no_results(table));
    let keyword = context.keyword.to_owned();
    AnswerFormat::Html(Arc::new(RewriteRules { links, keyword, images: context.images, walls, no_results }))
}

fn walls(table: &mut TableReader<'_>) -> Vec<WallMarker> {
    let texts = table.string_list("walls").unwrap_or_default();
    let marker =
        |text: Located<String>| WallMarker::parse(&text.value).map_err(|error| table.error_at(&text, error)).ok();
    texts.into_iter().filter_map(marker).collect()
}

fn no_results(table: &mut TableReader<'_>) -> Vec<String> {
    let texts = table.string_list("no_results").unwrap_or_default();
    for text in texts.iter().filter(|text| text.value.trim().len() < MIN_PHRASE_BYTES) {
        table.error_at(text, "a phrase of pages without results must have at least 4 letters, as in \"did not match\"");
    }
    texts.into_iter().map(|text| text.value.trim().to_lowercase()).collect()
}

fn patterns(table: &mut TableReader<'_>, key: &'static str) -> Vec<Pattern> {
    let texts = table.string_list(key).unwrap_or_default();
    let pattern =
        |text: Located<String>| Pattern::parse(&text.value).map_err(|error| table.error_at(&text, error)).ok();
    texts.into_iter().filter_map(pattern).collect()
}
