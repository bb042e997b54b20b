//! The privacy statement in Hebrew.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::hebrew::clauses;
use crate::ui::i18n::hebrew::format::{FORMATS, date, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "הצהרת פרטיות",
    version: |number, day| format!("גרסה {number}, בתוקף מ־{}.", date(day)),
    changes: |day| format!("מה השתנה ב־{}", date(day)),
    sent_to: |partner| format!("מה נשלח אל {partner}"),
    parameter: "פרמטר",
    content: "תוכן",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "אותו טקסט אצל כולם",
        Agent::ByBrowser => "טקסט קבוע אחד לכל משפחת דפדפנים; בלי גרסה, בלי מערכת הפעלה",
    },
    links: |links| match links {
        Links::Counted => "הקישורים בתוצאות שלו עוברים דרך השירות הזה ונספרים.",
        Links::Direct => "הקישורים בתוצאות שלו מובילים ישירות ליעד שלהם ולא נספרים.",
    },
    images: "אנחנו מביאים עבורכם את התמונות שבתוצאות שלו. האתרים שמארחים אותן יודעים שמישהו צפה בהן ומתי, אבל לא את \
             כתובת ה־IP שלכם ולא שום דבר על הדפדפן שלכם.",
    no_stamp: "הדפדפן שלכם לא שלח חותמת עם הבקשה לדף הזה.",
    invalid_stamp: "הדפדפן שלכם שלח חותמת עם הבקשה לדף הזה, אבל החותמת אינה תקינה או שפג תוקפה.",
    stamp,
    forget_button: "שכחו אותי",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "עם הבקשה לדף הזה, הדפדפן שלכם שלח חותמת שקיבל ב־{}. החותמת עוד לא נספרה; הביקור הבא שלכם יספור אותה.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("ב־{cohort}"),
        CohortPrecision::Week => format!("בשבוע שמתחיל ב־{cohort}"),
        CohortPrecision::Month => format!("בחודש שמתחיל ב־{cohort}"),
    };
    let number = if stamp.serial.is_some() { "יש בה מספר אקראי." } else { "אין בה מספר." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "הדפדפן שלכם שלח חותמת עם הבקשה לדף הזה. לפי החותמת, הביקור הראשון שלכם היה {first} והביקור האחרון שלכם היה \
         ב־{last}. {number} תוקפה יפוג ב־{end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "מה שחיפשתם; מידע אישי מוסר כשהוא מזוהה",
            Policy::Refuse => "מה שחיפשתם; חיפוש שמזוהה בו מידע אישי נדחה",
            Policy::Off => "מה שחיפשתם, כולל מידע אישי אם יש בו",
        },
        FieldName::PartnerCode => "סרגל הכלים או הדפדפן שממנו הגיע החיפוש שלכם, כקוד אחד מתוך רשימה קבועה",
        FieldName::Language => "השפה שלכם, כאחת מתוך רשימה קבועה",
        FieldName::Browser => "משפחת הדפדפנים שלכם, למשל firefox; בלי גרסה, בלי מערכת הפעלה",
        FieldName::Time => "השעה ביממה (UTC)",
        FieldName::AnonymousId => "מזהה בדוי, אם סרגל הכלים שלכם שולח מזהה: שונה לכל שותף ולכל יום",
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "את מונח החיפוש",
        FieldName::PartnerCode => "את הקוד של סרגל הכלים",
        FieldName::Language => "את השפה",
        FieldName::Browser => "את משפחת הדפדפנים",
        FieldName::Time => "את השעה ביממה",
        FieldName::AnonymousId => "מזהה בדוי יומי",
    };
    format!("{partner} מקבל {field} בפרמטר ״{parameter}״.")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "מידע אישי שמזוהה במונח חיפוש מוסר.",
        Policy::Refuse => "חיפוש שמזוהה בו מידע אישי נדחה.",
        Policy::Off => "מונחי חיפוש מועברים עם כל מידע אישי שהם מכילים.",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "כעת היא אומרת גם מי מפעיל את השירות הזה, מה החותמת הייתה מאפשרת למפעיל לראות, מה עלולות לגלות ספירות \
             מדויקות, מה נשמר בהיסטוריה של הדפדפן שלכם, מה סרגל כלים זדוני יכול להסתיר בחיפוש, ומה היו מקבלים רשויות \
             או קונה."
        }
        7 => "כעת היא אומרת גם שבקשות לשותפים שמקבלים תשלום לפי בקשה נספרות.",
        _ => "היא אומרת את אותם הדברים במילים אחרות.",
    };
    format!("ניסוח חדש של ההצהרה הזאת (מהדורה {edition}). {changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => format!("{partner} רואה את אותו User-Agent אצל כולם."),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} רואה User-Agent אחד לכל משפחת דפדפנים.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("הקישורים בתוצאות מאת {partner} עוברים דרך השירות הזה ונספרים.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("הקישורים בתוצאות מאת {partner} מובילים ישירות ליעד שלהם ולא נספרים.")
        }
        Fact::PartnerName { partner, display_name } => {
            format!("המשתמשים מכירים את {partner} בשם {display_name}.")
        }
        Fact::Images { partner } => format!("השירות הזה מביא ומציג את התמונות שבתוצאות מאת {partner}."),
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("השפה {tag} עשויה להישלח לשותפים."),
        Fact::ClickTtl { seconds } => format!("קישור של תוצאה פועל למשך {}.", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!(
                "שמה של שפה, משפחת דפדפנים או קבוצה של מונחי חיפוש מצוין כשהיא הייתה באותו יום אצל לפחות {}.",
                FORMATS.counted(*k, &clauses::PEOPLE)
            )
        }
        Fact::KeywordGroup { name } => {
            format!("חיפושים ולחיצות נספרים בקבוצת מונחי החיפוש ״{name}״, בלי מונחי החיפוש שלהם.")
        }
        Fact::Service { name } => format!("שמו של השירות הזה הוא \u{2068}{name}\u{2069}."),
        Fact::Operator { name } => format!("המפעיל של השירות הזה הוא \u{2068}{name}\u{2069}."),
        Fact::Contact { url } => format!("אפשר לפנות למפעיל בכתובת \u{2068}{url}\u{2069}."),
        Fact::Imprint { url } => format!("ההודעה המשפטית נמצאת בכתובת \u{2068}{url}\u{2069}."),
        Fact::HomePage { url } => format!("האתר של המפעיל הוא \u{2068}{url}\u{2069}."),
        Fact::FailOver => "אם יש תקלה אצל שותף, פונים לשותף אחר.".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("מספר השפות שעשויות להימסר אל \u{2068}{partner}\u{2069}: {languages}. מספר הקודים: {codes}.")
        }
        Fact::RepeatWindow { seconds: 0 } => "לחיצות חוזרות על תוצאה לא מזוהות.".into(),
        Fact::RepeatWindow { seconds } => {
            format!("מתוך כמה לחיצות על תוצאה בתוך {}, נספרת אחת.", duration(*seconds))
        }
        Fact::Padded => "התשובות מרופדות, כך שהגדלים שלהן אומרים פחות.".into(),
        Fact::Store { store: StoreKind::File } => "הסיכומים נשמרים בקובץ במחשב של השירות הזה.".into(),
        Fact::Store { store: StoreKind::Postgresql } => "הסיכומים נשמרים במסד נתונים של PostgreSQL.".into(),
        Fact::SharedMemory => "כמה מחשבים משתפים ביניהם אילו קישורים נפתחו ואילו חותמות נספרו.".into(),
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "פרט שהגרסה הזאת של השירות לא יכולה לתאר.".into(),
    }
}
