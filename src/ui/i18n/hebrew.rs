//! The texts in Hebrew.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::hebrew::format::{counted, date, duration, forms};
use crate::ui::i18n::hebrew::problems::{advice, title};
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = forms(
    "בהצהרת הפרטיות מופיע עוד שינוי אחד.",
    "בהצהרת הפרטיות מופיעים עוד שני שינויים.",
    "בהצהרת הפרטיות מופיעים עוד {} שינויים.",
);

pub(super) static TEXTS: Texts = Texts {
    tag: "he",
    direction: "rtl",
    punctuation: Punctuation::LATIN,
    skip_link: "דילוג לתוכן",
    search_label: "חיפוש",
    search_button: "חיפוש",

    footer_label: "על השירות הזה",
    privacy_link: "פרטיות",
    about_link: "אודות",
    add_link: "הוספה לדפדפן",
    website: "האתר שלנו",
    imprint: "הודעה משפטית",
    contact: "יצירת קשר",
    promise: "בלי סקריפטים, בלי עוגיות של שותפים, בלי תיעוד של מה שאתם מחפשים.",
    settings_label: "שפה ומראה",
    language_heading: "שפה",
    theme_heading: "מראה",
    theme: |theme| match theme {
        None => "כמו בדפדפן",
        Some(Theme::Light) => "בהיר",
        Some(Theme::Dark) => "כהה",
    },

    home_title: "חיפוש בלי מעקב",
    home_about: "אנחנו מעבירים את החיפוש שלכם לשותף חיפוש בלי כתובת ה־IP שלכם, בלי העוגיות שלכם ובלי פרטים על הדפדפן \
                 שלכם.",
    home_privacy_link: "מה בדיוק אנחנו משתפים ומה אנחנו סופרים",
    statement_changed: |day| format!("הצהרת הפרטיות שלנו השתנתה ב־{}:", date(day)),
    added: "חדש:",
    removed: "כבר לא בתוקף:",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "קוד השגיאה:",
    try_again: "ניסיון נוסף",
    home_link: "דף הבית",
    link_expired: "פג תוקפו של הקישור הזה",
    cross_site_title: "הגעתם לכאן מאתר אחר",
    cross_site_about: "אנחנו מפנים רק דרך קישורי תוצאות שנפתחים מדף התוצאות. הקישור הזה מוביל אל:",
    open_target: "פתיחת הקישור",
    open_target_about: "אנחנו לא סופרים זאת, והאתר לא יודע מאיפה הגעתם.",

    forgotten_title: "העוגיות נמחקו",
    forgotten_about: "הדפדפן שלכם מחק את כל העוגיות של השירות הזה. שום מידע עליכם לא שמור בשרתים שלנו.",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
