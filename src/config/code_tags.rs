//! `tags` of `[[code]]`: what each partner calls the code, one name or a list of names with dates.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::config::table_reader::TableReader;
use crate::config::toml_value::{Entry, Located};
use crate::name::ConfigName;
use crate::partner::code_tags::{CodeTags, DatedTag, TagDays};

/// A name that a partner has for a code.
pub(super) struct Tag {
    pub(super) partner: String,
    pub(super) tag: Located<String>,
    days: TagDays,
    /// Whether it is one of a list.
    is_listed: bool,
}

/// Reads `tags`. `today`: each list must have a tag from this day on.
pub(super) fn tags(table: &mut TableReader<'_>, today: Date) -> Vec<Tag> {
    let mut tags = Vec::new();
    for entry in table.entries("tags").unwrap_or_default() {
        let partner = entry.name.clone();
        match entry.into_items() {
            Err(entry) => tags.extend(table.entry_string(*entry).map(|tag| Tag {
                partner,
                tag,
                days: TagDays::default(),
                is_listed: false,
            })),
            Ok((list, items)) => {
                let count = items.len();
                let read: Vec<Tag> = items.into_iter().filter_map(|item| listed(table, item)).collect();
                if count == 0 {
                    table.error_at(&list, "must not be empty; remove it, and the partner receives the code's own name");
                }
                if read.len() == count {
                    check_list(table, &list, &read, today);
                }
                tags.extend(read);
            }
        }
    }
    tags
}

/// Reads an item of a list: a name, or a table with `name`, `from` and `to`.
fn listed(table: &TableReader<'_>, item: Entry<'_>) -> Option<Tag> {
    let partner = item.name.clone();
    let Some(mut own) = table.entry_table(&item) else {
        let tag = table.entry_string(item)?;
        return Some(Tag { partner, tag, days: TagDays::default(), is_listed: true });
    };
    let tag = own.required_string("name");
    let (from, to) = (date(&mut own, "from"), date(&mut own, "to"));
    let (Ok(from), Ok(to)) = (from, to) else {
        own.finish();
        return None;
    };
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        own.error_at_key("to", "is before from; correct one of the dates");
    }
    own.finish();
    Some(Tag { partner, tag: tag?, days: TagDays { from, to }, is_listed: true })
}

/// Reads a date; an error that was reported is `Err`.
fn date(table: &mut TableReader<'_>, key: &'static str) -> Result<Option<Date>, ()> {
    let is_present = table.has(key);
    let Some(text) = table.string(key) else { return if is_present { Err(()) } else { Ok(None) } };
    let date = text.value.parse::<Date>().ok().filter(|date| date.to_string() == text.value);
    if date.is_none() {
        table.error_at(&text, "must be a date, such as \"2026-10-15\"");
    }
    date.map(Some).ok_or(())
}

/// Checks the names of one list: none is listed twice for a day, and one is in force on each day from today on.
fn check_list(table: &TableReader<'_>, list: &Located<()>, tags: &[Tag], today: Date) {
    for (nth, tag) in tags.iter().enumerate() {
        let is_same = |other: &&Tag| other.tag.value == tag.tag.value && other.days.meet(tag.days);
        if tags.iter().take(nth).any(|other| is_same(&other)) {
            table.error_at(&tag.tag, "is listed twice for the same day; remove one, or correct from and to");
        }
    }
    if let Some(gap) = in_order(tags).and_then(|tags| tags.gap_from(today)) {
        let message =
            format!("no tag of this list is in force on {gap}; add one without dates, or correct from and to");
        table.error_at(list, message);
    }
}

fn in_order<'t>(tags: impl IntoIterator<Item = &'t Tag>) -> Option<CodeTags> {
    let dated = |tag: &Tag| DatedTag { name: tag.tag.value.clone(), days: tag.days };
    CodeTags::new(tags.into_iter().map(dated).collect())
}

/// Returns the tags of a code at one partner: the code's own name if there are none.
pub(super) fn at_partner(tags: &[Tag], partner: &str, code: Option<&ConfigName>) -> CodeTags {
    let own_name = || CodeTags::always(code.map(ToString::to_string).unwrap_or_default());
    in_order(tags.iter().filter(|tag| tag.partner == partner)).unwrap_or_else(own_name)
}

/// Checks the dates of a code with a payee, who is paid by month: a tag is of the code for whole months.
pub(super) fn check_payee(table: &TableReader<'_>, tags: &[Tag]) {
    for Tag { tag, days, .. } in tags {
        let begins = days.from.is_none_or(|from| from == from.first_of_month());
        let ends = days.to.is_none_or(|to| to == to.last_of_month());
        if !begins || !ends {
            let message =
                "a code with a payee is settled by the month: let from be the first day of a month and to the last one";
            table.error_at(tag, message);
        }
    }
}

/// The tags of all codes so far, by partner and name.
#[derive(Default)]
pub(super) struct UsedTags(BTreeMap<(String, String), Vec<UsedTag>>);

struct UsedTag {
    code: ConfigName,
    days: TagDays,
    is_listed: bool,
    has_payee: bool,
}

impl UsedTags {
    /// Adds the tags of a code, which may have a payee. A tag of a list, or one of a code with a payee, must not be another code's on the same
    /// day: which code its rows are for would not be known.
    pub(super) fn add(
        &mut self,
        table: &TableReader<'_>,
        (code, has_payee): (&ConfigName, bool),
        tags: &[Tag],
        partners: &[&str],
    ) {
        for Tag { partner, tag, days, is_listed } in tags {
            let place = tag.clone().with(());
            self.add_one(
                table,
                (partner, &tag.value),
                UsedTag { code: code.clone(), days: *days, is_listed: *is_listed, has_payee },
                &place,
            );
        }
        for partner in partners.iter().filter(|partner| !tags.iter().any(|tag| tag.partner == **partner)) {
            let used = UsedTag { code: code.clone(), days: TagDays::default(), is_listed: false, has_payee };
            let place = table.default_value("tags", ());
            self.add_one(table, (partner, code.as_str()), used, &place);
        }
    }

    fn add_one(&mut self, table: &TableReader<'_>, (partner, name): (&str, &str), used: UsedTag, place: &Located<()>) {
        let known = self.0.entry((partner.to_owned(), name.to_owned())).or_default();
        let shares_days = |other: &&UsedTag| other.code != used.code && other.days.meet(used.days);
        let clash = known.iter().filter(shares_days).find(|other| other.is_listed || used.is_listed);
        let paid = known.iter().filter(shares_days).find(|other| other.has_payee || used.has_payee);
        if let (None, Some(UsedTag { code, .. })) = (clash, paid) {
            table.error_at(
                place,
                format!(
                    "\"{name}\" is the tag of code {code} as well, and one of the two has a payee, whose part of its revenue would not be \
                     known; give each a tag of its own"
                ),
            );
        }
        if let Some(UsedTag { code, days, .. }) = clash {
            let from = days.from.max(used.days.from);
            let when = from.map_or_else(|| "on the same days".to_owned(), |from| format!("on {from}"));
            table.error_at(
                place,
                format!("\"{name}\" is the tag of code {code} as well {when}; correct from and to, so that each day has one code for it"),
            );
        }
        known.push(used);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;

    use crate::config::Config;

    fn config(codes: &str) -> Result<Config, Vec<String>> {
        let partner = "[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\nsend = { keyword = \"q\", partner_code = \"c\" }\n\
                       results = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";
        Config::parse(&format!("{codes}\n{partner}"), Path::new("."))
            .map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    fn code(name: &str, tags: &str) -> String {
        format!("[[code]]\nname = \"{name}\"\npartners = [\"p\"]\ntags = {{ p = {tags} }}\n")
    }

    #[test]
    fn a_list_is_in_force_by_day() {
        let list = r#"["A", { name = "B", from = "2150-10-15" }, { name = "Z", to = "2000-09-30" }]"#;
        let config = config(&code("main", list)).unwrap();
        let tags = &config.routes[0].choices[0].tags;
        let sent = [date(2000, 9, 30), date(2000, 10, 1), date(2150, 10, 14), date(2150, 10, 15)];
        assert_eq!(sent.map(|day| tags.sent_on(day)), ["Z", "A", "A", "B"]);
        let known = config.contracts[0].tags.as_ref().unwrap();
        assert_eq!(known.iter().map(|tag| tag.tag.as_str()).collect::<Vec<_>>(), ["A", "B", "Z"]);
        // What is over for good is no gap.
        assert!(self::config(&code("main", r#"[{ name = "A", from = "2000-01-01" }]"#)).is_ok());
    }

    #[test]
    fn mistakes_are_named_with_line_and_remedy() {
        let plain = "[[code]]\nname = \"main\"\npartners = [\"p\"]\n";
        for (codes, wanted) in [
            (code("main", "[]"), "4: code[0].tags.p: must not be empty; remove it"),
            (code("main", "5"), "4: code[0].tags.p: must be a quoted string"),
            (code("main", "[\"A\", 5]"), "4: code[0].tags.p[1]: must be a quoted string"),
            (code("main", r#"["A", { from = "2026-01-01" }]"#), "4: code[0].tags.p[1].name: missing key"),
            (
                code("main", r#"["A", { name = "B", form = "2026-01-01" }]"#),
                "4: code[0].tags.p[1].form: unknown key; did you mean \"from\"?",
            ),
            (
                code("main", r#"["A", { name = "B", from = "2026-02-30" }]"#),
                "4: code[0].tags.p[1].from: must be a date, such as",
            ),
            (
                code("main", r#"["A", { name = "B", from = "15.10.2026" }]"#),
                "4: code[0].tags.p[1].from: must be a date, such as",
            ),
            (code("main", r#"["A", { name = "B", to = 5 }]"#), "4: code[0].tags.p[1].to: must be a quoted string"),
            (
                code("main", r#"["A", { name = "B", from = "2150-01-02", to = "2150-01-01" }]"#),
                "4: code[0].tags.p[1].to: is before from",
            ),
            (
                code("main", r#"["A", { name = "A", from = "2150-01-01" }]"#),
                "4: code[0].tags.p[1].name: is listed twice for the same day",
            ),
            (
                code("main", r#"[{ name = "A", from = "2150-10-15" }]"#),
                "4: code[0].tags.p: no tag of this list is in force on 2",
            ),
            (
                code("main", r#"[{ name = "A", to = "2150-10-15" }, { name = "B", from = "2150-10-17" }]"#),
                "4: code[0].tags.p: no tag of this list is in force on 2150-10-16; add one without dates",
            ),
            (code("main", r#"[{ name = "A", to = "2150-10-15" }]"#), "no tag of this list is in force on 2150-10-16"),
            (
                code("main", r#"["A"]"#) + &code("beta", r#"["B", { name = "A", from = "2150-01-05" }]"#),
                "8: code[1].tags.p[1].name: \"A\" is the tag of code main as well on 2150-01-05; correct from and to",
            ),
            (
                code("main", r#""A""#) + &code("beta", r#"["A"]"#),
                "\"A\" is the tag of code main as well on the same days",
            ),
            (code("beta", r#"["main"]"#) + plain, "5: code[1].tags: \"main\" is the tag of code beta as well"),
            (
                code("main", r#"["A", { name = "B", from = "2150-10-15" }]"#)
                    + "payee = { name = \"N\", share = \"50%\" }\n",
                "4: code[0].tags.p[1].name: a code with a payee is settled by the month",
            ),
            (
                code("main", r#""A""#) + &code("beta", r#""A""#) + "payee = { name = \"N\", share = \"50%\" }\n",
                "8: code[1].tags.p: \"A\" is the tag of code main as well, and one of the two has a payee",
            ),
            (
                code("main", r#""A""#) + "payee = { name = \"N\", share = \"50%\" }\n" + &code("beta", r#""A""#),
                "\"A\" is the tag of code main as well, and one of the two has a payee",
            ),
        ] {
            let errors = config(&codes).unwrap_err();
            assert!(errors.iter().any(|error| error.contains(wanted)), "{wanted}\n{errors:#?}");
        }
        // Names that are the same for all days are one line in reports, as they always were; a tag may pass on to another code.
        let passes = code("main", r#"["B", { name = "A", to = "2150-01-04" }]"#)
            + &code("beta", r#"["C", { name = "A", from = "2150-01-05" }]"#);
        for codes in [code("main", r#""A""#) + &code("beta", r#""A""#), passes] {
            assert!(config(&codes).is_ok(), "{:?}", config(&codes).err());
        }
    }
}
