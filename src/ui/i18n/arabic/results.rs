//! The texts of results pages in Arabic.

use crate::fields::FieldName;
use crate::ui::i18n::arabic::format::counted;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural = Plural {
    zero: Some("لا نتائج"),
    one: Some("نتيجة واحدة"),
    two: Some("نتيجتان"),
    few: Some("{} نتائج"),
    many: Some("{} نتيجة"),
    other: "{} نتيجة",
};
const ADS: Plural = Plural {
    zero: Some("لا إعلانات"),
    one: Some("إعلان واحد"),
    two: Some("إعلانان"),
    few: Some("{} إعلانات"),
    many: Some("{} إعلانًا"),
    other: "{} إعلان",
};

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("نتائج البحث عن {keyword}"),
    found: |results, ads, partner| match ads {
        0 => format!("{} من {partner}", counted(results, &RESULTS)),
        ads => format!("{} و{}، من {partner}", counted(results, &RESULTS), counted(ads, &ADS)),
    },
    from: |partner| format!("نتائج من {partner}"),
    sponsored: "إعلان مموَّل",
    about_ads: "عن هذه الإعلانات",
    nothing_found: |partner| format!("لم يعثر {partner} على شيء لهذا البحث"),
    nothing_found_advice: ["تأكد من الإملاء.", "جرِّب كلمات أقل أو أعمّ.", "جرِّب لغة أخرى أدناه."],
    redacted: "يبدو أن بحثك تضمّن بيانات شخصية. وقد أزلناها قبل تمرير البحث.",
    redacted_link: "ما الذي نزيله",
    shortened: "كان بحثك طويلًا جدًا. لم نمرّر إلا بدايته.",
    pages: "صفحات النتائج",
    page: |number| format!("الصفحة {number}"),
    next: "التالية",
    previous: "السابقة",
    search_again: "البحث مرة أخرى",
    truncated: "انتهت استجابة شريك البحث هنا على نحو غير متوقَّع. قد تكون هناك نتائج أخرى.",
    sent: SentTexts {
        summary: "ما أُرسل",
        intro: |partner| format!("هذا ما تلقّاه {partner} مع بحثك:"),
        field_column: "الحقل",
        value_column: "ما تلقّاه",
        field: |field| match field {
            FieldName::Keyword => "ما بحثت عنه",
            FieldName::PartnerCode => "رمز شريط الأدوات لديك",
            FieldName::Language => "اللغة",
            FieldName::Browser => "عائلة المتصفح",
            FieldName::Time => "الساعة من اليوم (UTC)",
            FieldName::AnonymousId => "معرّف مستعار، لهذا اليوم وهذا الشريك فقط",
        },
        not_sent: "لم يُرسَل",
        nothing_else: |partner| {
            format!(
                "لم يتلقَّ {partner} أي شيء آخر عنك: لا عنوان IP، ولا ملف تعريف ارتباط، ولا إصدار المتصفح، ولا من أين \
                 أتيت."
            )
        },
        unanswered: |partner| format!("قبل ذلك، سألنا {partner}، وقد تلقّى من هذه الحقول ما يُرسَل إليه منها، ولم يُجب."),
        more: "كل ما نشاركه ونحصيه",
    },
};
