//! The texts of results pages in Hebrew.

use crate::fields::FieldName;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::hebrew::format::{counted, forms};
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural = forms("תוצאה אחת", "שתי תוצאות", "{} תוצאות");
/// With the conjunction, which is part of the word that follows it.
const AND_ADS: Plural = forms("ומודעה אחת", "ושתי מודעות", "ו־{} מודעות");

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("תוצאות עבור {keyword}"),
    found: |results, ads, partner| match ads {
        0 => format!("{} מאת {partner}", counted(results, &RESULTS)),
        ads => format!("{} {}, מאת {partner}", counted(results, &RESULTS), counted(ads, &AND_ADS)),
    },
    from: |partner| format!("תוצאות מאת {partner}"),
    sponsored: "ממומן",
    about_ads: "על המודעות האלה",
    nothing_found: |partner| format!("{partner} לא מצא דבר עבור החיפוש הזה"),
    nothing_found_advice: ["בדקו את האיות.", "נסו פחות מילים או מילים כלליות יותר.", "נסו שפה אחרת, למטה."],
    redacted: "נראה שהחיפוש שלכם הכיל מידע אישי. הסרנו אותו לפני שהעברנו את החיפוש.",
    redacted_link: "מה אנחנו מסירים",
    shortened: "החיפוש שלכם היה ארוך מאוד. העברנו רק את תחילתו.",
    pages: "דפי תוצאות",
    page: |number| format!("דף {number}"),
    next: "הבא",
    previous: "הקודם",
    search_again: "חיפוש נוסף",
    truncated: "התשובה של שותף החיפוש נקטעה כאן באופן לא צפוי. ייתכן שיש תוצאות נוספות.",
    sent: SentTexts {
        summary: "מה נשלח",
        intro: |partner| format!("זה מה ש־{partner} קיבל עם החיפוש שלכם:"),
        field_column: "שדה",
        value_column: "מה התקבל",
        field: |field| match field {
            FieldName::Keyword => "מה שחיפשתם",
            FieldName::PartnerCode => "הקוד של סרגל הכלים שלכם",
            FieldName::Language => "שפה",
            FieldName::Browser => "משפחת דפדפנים",
            FieldName::Time => "השעה ביממה (UTC)",
            FieldName::AnonymousId => "מזהה בדוי, ליום הזה ולשותף הזה בלבד",
        },
        not_sent: "לא נשלח",
        nothing_else: |partner| {
            format!("{partner} לא קיבל שום דבר אחר עליכם: לא כתובת IP, לא עוגייה, לא גרסת דפדפן ולא מאיפה הגעתם.")
        },
        unanswered: |partner| format!("לפני כן פנינו אל {partner}, שקיבל מהשדות האלה את אלה שנשלחים אליו ולא ענה."),
        more: "כל מה שאנחנו משתפים וסופרים",
    },
};
