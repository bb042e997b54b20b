//! `[[code]]`: which codes exist, and which partners each code asks.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;

use crate::billing::settlement::payee::PayeeCode;
use crate::config::code_series::{self, NamedBy};
use crate::config::code_tags::{self, Tag, UsedTags};
use crate::config::diagnostic::suggestion;
use crate::config::settlement;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::{ListOrEntries, Located};
use crate::fields::code::Codes;
use crate::name::ConfigName;
use crate::partner::Partner;
use crate::partner::route::{Choice, CodeRoute};

/// Maximum weight. Only the proportions matter.
const MAX_WEIGHT: u32 = 1_000_000;

/// The codes and their routes.
pub(super) struct CodeTables {
    /// The closed list of codes.
    pub(super) codes: Codes,
    /// A route for each code, in the order of the file.
    pub(super) routes: Vec<CodeRoute>,
    /// The codes with a payee.
    pub(super) payees: Vec<PayeeCode>,
}

/// A partner of a code, before its name is looked up.
struct PartnerShare {
    partner: Located<String>,
    /// The weight, if partners are chosen by weight rather than in order.
    weight: Option<u32>,
}

/// Reads every `[[code]]` table. None if there is none or one has an error.
///
/// `today` is the UTC day.
pub(super) fn read(root: &mut TableReader<'_>, partners: &[Partner], today: Date) -> Option<CodeTables> {
    let tables = root.table_list("code");
    if tables.is_empty() {
        root.error_at_key(
            "code",
            "there is no [[code]] table; add one, such as: [[code]] name = \"toolbar-main\" partners = [\"demo\"]",
        );
    }
    let count = tables.len();
    let (mut routes, mut names): (Vec<CodeRoute>, ChosenNames) = (Vec::new(), ChosenNames::default());
    let mut payees = Vec::new();
    for table in tables {
        if let Some((route, payee)) = route(table, (partners, today), &routes, &mut names) {
            routes.push(route);
            payees.extend(payee);
        }
    }
    names.warn(root);
    let mut names = routes.iter().map(|route| route.code.clone());
    let default = names.next().filter(|_| routes.len() == count)?;
    let codes = Codes::new(default, names.collect());
    Some(CodeTables { codes, routes, payees })
}

/// The names that the operator and partners chose, with their places.
#[derive(Default)]
struct ChosenNames {
    codes: Vec<Located<String>>,
    /// By partner.
    tags: BTreeMap<String, Vec<Located<String>>>,
    used: UsedTags,
}

impl ChosenNames {
    /// Warns of names by which partners could tell people apart.
    fn warn(&self, root: &TableReader<'_>) {
        warn_of(root, &self.codes, NamedBy::Operator, "codes");
        for (partner, tags) in &self.tags {
            warn_of(root, tags, NamedBy::Partner, &format!("tags of {partner}"));
        }
    }
}

fn warn_of(root: &TableReader<'_>, names: &[Located<String>], by: NamedBy, noun: &str) {
    let mut seen = HashSet::new();
    let names: Vec<&Located<String>> = names.iter().filter(|name| seen.insert(&name.value)).collect();
    let texts: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
    for finding in code_series::find(&texts, by) {
        let Some(first) = names.get(finding.first) else { continue };
        let (count, fault) = (finding.count, finding.fault);
        root.warn_at(
            first,
            format!(
                "{count} {noun}, this one first, {fault}. Each search tells its partner its code: if one person or one computer has a \
                 code of its own, the partner can tell them from all others. Let each code be for many people, such as a \
                 country, a product or a version, and remove the codes that are not"
            ),
        );
    }
}

fn route(
    mut table: TableReader<'_>,
    (partners, today): (&[Partner], Date),
    previous: &[CodeRoute],
    chosen: &mut ChosenNames,
) -> Option<(CodeRoute, Option<PayeeCode>)> {
    let name = name(&mut table, previous, chosen);
    let shares = shares(&mut table);
    let tags = code_tags::tags(&mut table, today);
    let payee = settlement::payee(&mut table, name.as_ref());
    if payee.is_some() {
        code_tags::check_payee(&table, &tags);
    }
    for Tag { partner, tag, .. } in &tags {
        chosen.tags.entry(partner.clone()).or_default().push(tag.clone());
    }
    let mut choices = Vec::new();
    for PartnerShare { partner, weight } in shares {
        let Some(index) = find(&table, partners, &partner) else { continue };
        if choices.iter().any(|choice: &Choice| choice.partner == index) {
            table.error_at(&partner, "duplicate partner; a partner that failed is not asked again");
        }
        let tags = code_tags::at_partner(&tags, &partner.value, name.as_ref());
        choices.push(Choice { partner: index, tags, weight });
    }
    for Tag { partner, tag, .. } in &tags {
        let mut asked = choices.iter().filter_map(|choice| partners.get(choice.partner));
        if !asked.any(|known| known.name.as_str() == partner) {
            table.error_at(tag, "this code does not ask a partner of this name; add it to partners");
        }
    }
    if let Some(name) = &name {
        let asked = choices.iter().filter_map(|choice| Some(partners.get(choice.partner)?.name.as_str()));
        chosen.used.add(&table, (name, payee.is_some()), &tags, &asked.collect::<Vec<_>>());
    }
    table.finish();
    let route = Some(CodeRoute { code: name?, choices }).filter(|route| !route.choices.is_empty())?;
    Some((route, payee))
}

fn name(table: &mut TableReader<'_>, previous: &[CodeRoute], chosen: &mut ChosenNames) -> Option<ConfigName> {
    let text = table.required_string("name")?;
    let name = ConfigName::new(&text.value).map_err(|error| table.error_at(&text, error)).ok()?;
    if previous.iter().any(|route| route.code.fingerprint() == name.fingerprint()) {
        table.error_at(&text, format!("a code above already has the name {name}; choose another"));
        return None;
    }
    chosen.codes.push(text);
    Some(name)
}

/// Reads `partners`: a list, or weights by name.
fn shares(table: &mut TableReader<'_>) -> Vec<PartnerShare> {
    let partners = table.list_or_entries("partners");
    let is_empty = match &partners {
        Some(ListOrEntries::List(names)) => names.is_empty(),
        Some(ListOrEntries::Entries(entries)) => entries.is_empty(),
        None => true,
    };
    if is_empty {
        table.error_at_key("partners", "a code needs at least one partner: partners = [\"demo\"]");
    }
    match partners {
        Some(ListOrEntries::List(names)) => {
            names.into_iter().map(|partner| PartnerShare { partner, weight: None }).collect()
        }
        Some(ListOrEntries::Entries(entries)) => entries
            .into_iter()
            .filter_map(|entry| {
                let weight = entry.value.value.as_integer().and_then(|n| n.as_str().replace('_', "").parse().ok());
                let weight = weight.filter(|weight| (1..=MAX_WEIGHT).contains(weight));
                let partner = entry.value.with(entry.name);
                if weight.is_none() {
                    table.error_at(&partner, format!("a weight must be a whole number from 1 to {MAX_WEIGHT}"));
                }
                weight.map(|_| PartnerShare { partner, weight })
            })
            .collect(),
        None => Vec::new(),
    }
}

fn find(table: &TableReader<'_>, partners: &[Partner], name: &Located<String>) -> Option<usize> {
    let index = partners.iter().position(|partner| partner.name.as_str() == name.value);
    if index.is_none() {
        let hint = suggestion(&name.value, partners.iter().map(|partner| partner.name.as_str()));
        let message = format!("there is no partner \"{}\"{hint}; add a [[partner]] table with this name", name.value);
        table.error_at(name, message);
    }
    index
}
