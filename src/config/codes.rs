//! The tables `[[code]]`: which codes exist, and which partners are asked for each.

use crate::config::diagnostic::suggestion;
use crate::config::read::{At, ListOrPairs, Section};
use crate::fields::code::Codes;
use crate::name::ConfigName;
use crate::partner::Partner;
use crate::partner::route::{Choice, CodeRoute};

/// The largest weight; only proportions matter.
const MOST_WEIGHT: u32 = 1_000_000;

pub(super) fn all(file: &mut Section<'_>, partners: &[Partner]) -> Option<(Codes, Vec<CodeRoute>)> {
    let sections = file.tables("code");
    if sections.is_empty() {
        file.mistake(
            "code",
            "there is no [[code]] table; add one, such as: [[code]] name = \"toolbar-main\" partners = [\"demo\"]",
        );
    }
    let wanted = sections.len();
    let mut routes: Vec<CodeRoute> = Vec::new();
    for section in sections {
        if let Some(route) = one(section, partners, &routes) {
            routes.push(route);
        }
    }
    let mut names = routes.iter().map(|route| route.code.clone());
    let default = names.next().filter(|_| routes.len() == wanted)?;
    let codes = Codes::new(default, names.collect());
    Some((codes, routes))
}

fn one(mut section: Section<'_>, partners: &[Partner], before: &[CodeRoute]) -> Option<CodeRoute> {
    let name = section.needed_text("name").and_then(|text| {
        let name = ConfigName::new(&text.value).map_err(|what| section.wrong(&text, what)).ok()?;
        let taken = before.iter().any(|route| route.code.fingerprint() == name.fingerprint());
        if taken {
            section.wrong(&text, format!("the name {name} is taken by a code above; names must differ"));
        }
        (!taken).then_some(name)
    });
    let shares = shares(&mut section);
    let mut tags: Vec<(String, At<String>)> = Vec::new();
    for pair in section.pairs("tags").unwrap_or_default() {
        let partner = pair.name.clone();
        tags.extend(section.pair_text(pair).map(|tag| (partner, tag)));
    }
    let mut choices = Vec::new();
    for (partner, weight) in shares {
        let Some(at) = find(&section, partners, &partner) else { continue };
        if choices.iter().any(|choice: &Choice| choice.partner == at) {
            section.wrong(&partner, "this partner is named already; one that failed is not asked again");
        }
        let tag = tags.iter().find(|(name, _)| *name == partner.value);
        let tag = tag.map(|(_, tag)| tag.value.clone()).or_else(|| name.as_ref().map(ToString::to_string));
        choices.push(Choice { partner: at, tag: tag.unwrap_or_default(), weight });
    }
    for (partner, tag) in &tags {
        let asked = choices.iter().filter_map(|choice| partners.get(choice.partner));
        if !asked.into_iter().any(|known| known.name.as_str() == partner) {
            section.wrong(tag, "this code does not ask a partner of that name; name it in partners, too");
        }
    }
    section.end();
    Some(CodeRoute { code: name?, choices }).filter(|route| !route.choices.is_empty())
}

/// `partners`, as a list or by weight.
fn shares(section: &mut Section<'_>) -> Vec<(At<String>, Option<u32>)> {
    let shares: Vec<_> = match section.list_or_pairs("partners") {
        Some(ListOrPairs::List(names)) => names.into_iter().map(|name| (name, None)).collect(),
        Some(ListOrPairs::Pairs(pairs)) => pairs
            .into_iter()
            .filter_map(|pair| {
                let at = At { value: pair.name, span: pair.at.span, key: pair.at.key };
                let weight = pair.at.value.as_integer().and_then(|n| n.as_str().replace('_', "").parse().ok());
                let weight = weight.filter(|weight| (1..=MOST_WEIGHT).contains(weight));
                if weight.is_none() {
                    section.wrong(&at, format!("a weight is a whole number from 1 to {MOST_WEIGHT}"));
                }
                weight.map(|weight| (at, Some(weight)))
            })
            .collect(),
        None => Vec::new(),
    };
    if shares.is_empty() {
        section.mistake("partners", "a code needs a partner to ask: partners = [\"demo\"]");
    }
    shares
}

fn find(section: &Section<'_>, partners: &[Partner], name: &At<String>) -> Option<usize> {
    let at = partners.iter().position(|partner| partner.name.as_str() == name.value);
    if at.is_none() {
        let hint = suggestion(&name.value, partners.iter().map(|partner| partner.name.as_str()));
        section
            .wrong(name, format!("there is no partner \"{}\"{hint}; add a [[partner]] table of that name", name.value));
    }
    at
}
