//! The texts about personal data in keywords, in Hebrew.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "אילו סוגים ומדינות מזוהים, ובאיזו תדירות הזיהוי נכשל",
    title: "מידע אישי בחיפושים",
    policy: |policy| match policy {
        Policy::Redact => {
            "לפני שאנחנו שולחים את החיפוש שלכם לשותף, אנחנו מחפשים בו מידע אישי ומחליפים את מה שאנחנו מזהים במציין \
             מקום. השותף מקבל רק את מציין המקום."
        }
        Policy::Refuse => {
            "לפני שאנחנו שולחים את החיפוש שלכם לשותף, אנחנו מחפשים בו מידע אישי. אם אנחנו מזהים מידע כזה, אנחנו דוחים \
             את החיפוש ולא שולחים דבר."
        }
        Policy::Off => {
            "השירות הזה מוגדר לא לחפש מידע אישי: החיפוש שלכם נשלח עם כל מידע אישי שיש בו. בדף הזה מפורט מה היה אפשר \
             לזהות."
        }
    },
    no_guarantee: "אין בכך ערובה. תוכנות מזהות צורות של מספרים ומילים, לא אנשים: שמות, וכל מה שלא מופיע כאן, נשלחים \
                   כפי שאתם מקלידים אותם, וחלק ממה שמופיע כאן לא מזוהה. אל תחפשו דברים שאסור שמישהו ידע.",
    method: "אנחנו מזהים מידע אישי לפי הצורה שלו, לפי ספרת הביקורת או התאריך שבו אם יש כאלה, או לפי המילה שלידו. ספרות \
             נקראות בכל מערכת כתב. המדינות והמספרים שלמטה לקוחים מהטבלאות שבהן השירות הזה משתמש.",
    kinds: "סוגים",
    placeholder: "התחליף",
    comprises: "מה, ואיך זה מזוהה",
    kind: |kind| match kind {
        PiiKind::Email => "כתובות דוא״ל, גם כאלה שנכתבו במילים או עם רווחים, ומזהי Matrix: לפי הצורה שלהם",
        PiiKind::Card => "מספרים של כרטיסי תשלום: לפי המנפיק וספרת הביקורת, או אחרי מילה שמציינת אותם",
        PiiKind::BankAccount => "מספרי IBAN: לפי מדינה, אורך וספרות ביקורת, או אחרי המילה שמציינת אותם",
        PiiKind::Phone => "מספרי טלפון: עם + או 00 וקידומת מדינה, בצורה הנהוגה במדינה כלשהי, או אחרי מילה שמציינת אותם",
        PiiKind::NationalNumber => {
            "מספרים של אנשים: מס, ביטוח לאומי, ביטוח בריאות, תעודות זהות, דרכונים, רישיונות נהיגה, חשבונות בנק בלי \
             IBAN, תאריכי לידה: לפי צורה וספרת ביקורת או תאריך, או אחרי המילה שלהם. גם רחובות עם מספר בית ומיקוד, \
             כתובות IPv6 שמכילות מזהה של מכשיר, וכל כתובת IP או כתובת חומרה אחרי המילה שלה"
        }
        PiiKind::Link => "קישורים שמכילים סיסמה, מפתח, כתובת דוא״ל או חלק אקראי ארוך",
        PiiKind::Secret => {
            "סיסמאות אחרי המילה שמציינת אותן, מפתחות ואסימונים בצורה מוכרת, מפתחות פרטיים ומילות השחזור של ארנקים \
             דיגיטליים"
        }
    },
    countries: "מדינות",
    national_numbers: "מספרים לאומיים מזוהים לפי צורה וספרת ביקורת או תאריך עבור:",
    national_numbers_alone: "רק אם המספר הוא כל החיפוש:",
    bank_accounts: |count| format!("מספרי IBAN של {count} מדינות וטריטוריות"),
    telephone_numbers: |count| format!("מספרי טלפון של {count} מדינות וטריטוריות"),
    after_a_word: "מזוהים לפי המילה שלידם",
    after_a_word_about: "אחרי המילה שלו, בשפות של המדינות שלו, מספר מוחלף בין שספרת הביקורת שלו נכונה ובין שהיא שגויה. \
                         עבור מספרים שאינם תלויים במדינה, המילים מוכרות ביותר מ־30 שפות.",
    number: "מספר",
    issued_by: "מדינות",
    any_country: "כל מדינה",
    number_name,
    kept: "מה לא מוחלף",
    kept_about: "מספרים אחרי מילים שמציינות:",
    kept_otherwise: "גם שנים, תאריכים, סכומים, מספרי טלפון של שירותים, ערכי גיבוב, מזהי UUID, כתובות IP פרטיות, \
                     וכתובות חומרה בלי המילה שמציינת אותן.",
    figures: "באיזו תדירות יש טעויות",
    figures_about: "נמדד בחיפושי בדיקה עם נתונים מומצאים, שאת כולם כתב אדם אחד. חיפושים אמיתיים עשויים לתת מספרים \
                    אחרים. המספרים הקובעים הם של החיפושים שהזיהוי מעולם לא הותאם להם. ״לא מדויק״ פירושו: באופן חלקי, \
                    או כסוג אחר.",
    figure_columns: ["חיפושי בדיקה", "הוחלפו בטעות", "לא זוהו", "הוחלפו באופן לא מדויק"],
    part: |part| match part {
        "held_out" => "הזיהוי מעולם לא הותאם להם",
        _ => "הזיהוי הותאם להם",
    },
    of: |count, all| format!("{count} מתוך {all}"),
    country: |code| country_names::name(UiLanguage::Hebrew, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "דרכון",
        "identity card" => "תעודת זהות",
        "driving licence" => "רישיון נהיגה",
        "tax number" => "מספר לצורכי מס",
        "social insurance" => "ביטוח לאומי",
        "health insurance" => "ביטוח בריאות",
        "bank account" => "חשבון בנק",
        "payment card" => "כרטיס תשלום",
        "telephone number" => "מספר טלפון",
        "date of birth" => "תאריך לידה",
        "Internet address" => "כתובת IP",
        "hardware address" => "כתובת חומרה",
        "caller" => "מספר של מתקשר",
        "NHS number" => "מספר NHS",
        "CHI number" => "מספר CHI",
        "National Insurance number" => "מספר National Insurance",
        "Medicare number" => "מספר Medicare",
        "NHI number" => "מספר NHI",
        "PPS number" => "מספר PPS",
        "ID number" => "מספר זהות",
        "voter's number" => "מספר בוחר",
        "personal code" => "קוד אישי",
        "insurance number" => "מספר ביטוח",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        "address" => "מיקודים וכתובות",
        "part and article number" => "חלקים ופריטים",
        "order and case number" => "הזמנות ותיקים",
        "freight" => "מטענים ומשלוחים",
        "medicine" => "תרופות",
        "trade number" => "מספרים מסחריים (EAN, ISBN)",
        "company number" => "חברות",
        "sizes, places and bits" => "מידות, מקומות וסיביות",
        "makers of vehicles, parts, tools, watches and appliances" => "יצרנים של כלי רכב, חלקים, כלים, שעונים ומכשירים",
        "product words" => "מוצרים",
        other => other,
    }
}
