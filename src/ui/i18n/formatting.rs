//! Numbers, dates, durations and plurals by the rules of a locale, from CLDR (ICU4X).

use icu_calendar::Date as IcuDate;
use icu_datetime::DateTimeFormatter;
use icu_datetime::fieldsets::YMD;
use icu_decimal::DecimalFormatter;
use icu_locale::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use jiff::civil::Date;

/// A text with a number, in each form that the language has (UTS #35, Language Plural Rules). `{}` is where the number goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plural {
    pub(super) zero: Option<&'static str>,
    pub(super) one: Option<&'static str>,
    pub(super) two: Option<&'static str>,
    pub(super) few: Option<&'static str>,
    pub(super) many: Option<&'static str>,
    pub(super) other: &'static str,
}

impl Plural {
    /// A text that is the same for all numbers. The fields of [`Plural`] replace it where a language has more forms.
    pub(super) const fn invariable(other: &'static str) -> Self {
        Self { zero: None, one: None, two: None, few: None, many: None, other }
    }

    /// A text of a language with two forms.
    pub(super) const fn new(one: &'static str, other: &'static str) -> Self {
        Self { one: Some(one), ..Self::invariable(other) }
    }

    fn form(&self, category: PluralCategory) -> &'static str {
        let form = match category {
            PluralCategory::Zero => self.zero,
            PluralCategory::One => self.one,
            PluralCategory::Two => self.two,
            PluralCategory::Few => self.few,
            PluralCategory::Many => self.many,
            PluralCategory::Other => None,
        };
        form.unwrap_or(self.other)
    }
}

/// The names of units of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct DurationUnits {
    pub(super) day: Plural,
    pub(super) hour: Plural,
    pub(super) minute: Plural,
    pub(super) second: Plural,
}

/// The rules of one locale. Each is absent only if its data is missing from the program, which a test rules out.
pub(super) struct LocaleFormats {
    plurals: Option<PluralRules>,
    numbers: Option<DecimalFormatter>,
    dates: Option<DateTimeFormatter<YMD>>,
}

impl LocaleFormats {
    /// The rules of a locale, by its BCP 47 tag.
    pub(super) fn new(tag: &str) -> Self {
        let locale: Locale = tag.parse().unwrap_or(Locale::UNKNOWN);
        Self {
            plurals: PluralRules::try_new_cardinal((&locale).into()).ok(),
            numbers: DecimalFormatter::try_new((&locale).into(), Default::default()).ok(),
            dates: DateTimeFormatter::try_new((&locale).into(), YMD::long()).ok(),
        }
    }

    /// A number with the digits and separators of the locale.
    pub(super) fn number(&self, number: u64) -> String {
        self.numbers.as_ref().map_or_else(|| number.to_string(), |numbers| numbers.format(&number.into()).to_string())
    }

    /// A text with a number.
    pub(super) fn counted(&self, number: u64, plural: &Plural) -> String {
        let category = self.plurals.as_ref().map_or(PluralCategory::Other, |rules| rules.category_for(number));
        plural.form(category).replace("{}", &self.number(number))
    }

    /// A date with the name of its month.
    pub(super) fn date(&self, date: Date) -> String {
        let parts = (i32::from(date.year()), u8::try_from(date.month()), u8::try_from(date.day()));
        let (year, Ok(month), Ok(day)) = parts else { return date.to_string() };
        match (IcuDate::try_new_iso(year, month, day), &self.dates) {
            (Ok(date), Some(dates)) => dates.format(&date).to_string(),
            (Err(_), _) | (_, None) => date.to_string(),
        }
    }

    /// A number of seconds as a whole number of the largest possible unit.
    pub(super) fn duration(&self, seconds: u64, units: &DurationUnits) -> String {
        let lengths = [(&units.day, 86_400), (&units.hour, 3_600), (&units.minute, 60)];
        let divides = |length: u64| seconds >= length && seconds.is_multiple_of(length);
        let unit = lengths.into_iter().find(|(_, length)| divides(*length));
        let (unit, length) = unit.unwrap_or((&units.second, 1));
        self.counted(seconds / length, unit)
    }
}
