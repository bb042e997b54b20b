//! The privacy statement in Arabic.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::arabic::clauses;
use crate::ui::i18n::arabic::format::{FORMATS, date, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "بيان الخصوصية",
    version: |number, day| format!("الإصدار {number}، ساري المفعول منذ {}.", date(day)),
    changes: |day| format!("ما تغيّر في {}", date(day)),
    sent_to: |partner| format!("ما يُرسَل إلى {partner}"),
    parameter: "المعلمة",
    content: "المحتوى",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "النص نفسه للجميع",
        Agent::ByBrowser => "نص ثابت واحد لكل عائلة متصفحات؛ بدون إصدار، وبدون نظام تشغيل",
    },
    links: |links| match links {
        Links::Counted => "تمر الروابط في نتائجه عبر هذه الخدمة وتُحصى.",
        Links::Direct => "تؤدي الروابط في نتائجه مباشرة إلى وجهتها ولا تُحصى.",
    },
    images: "نجلب لك الصور الموجودة في نتائجه. وتعرف المواقع التي تستضيفها أن شخصًا ما شاهدها، ومتى، لكنها لا تعرف \
             عنوان IP الخاص بك ولا أي شيء عن متصفحك.",
    no_stamp: "لم يرسل متصفحك ختمًا مع طلب هذه الصفحة.",
    invalid_stamp: "أرسل متصفحك ختمًا مع طلب هذه الصفحة، لكن الختم غير صالح أو انتهت صلاحيته.",
    stamp,
    forget_button: "انسَني",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "مع طلب هذه الصفحة، أرسل متصفحك ختمًا تلقّاه في {}. لم يُحصَ الختم بعد؛ وستُحصيه زيارتك التالية.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("في {cohort}"),
        CohortPrecision::Week => format!("في الأسبوع الذي يبدأ في {cohort}"),
        CohortPrecision::Month => format!("في الشهر الذي يبدأ في {cohort}"),
    };
    let number = if stamp.serial.is_some() {
        "وهو يتضمّن رقمًا عشوائيًا."
    } else {
        "وهو لا يتضمّن أي رقم."
    };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "أرسل متصفحك ختمًا مع طلب هذه الصفحة. ويفيد الختم بأن زيارتك الأولى كانت {first} وأن زيارتك الأخيرة كانت في \
         {last}. {number} وتنتهي صلاحيته في {end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "ما بحثت عنه؛ وتُزال البيانات الشخصية حيثما يجري التعرّف عليها",
            Policy::Refuse => "ما بحثت عنه؛ ويُرفض البحث الذي يجري التعرّف فيه على بيانات شخصية",
            Policy::Off => "ما بحثت عنه، بما في ذلك أي بيانات شخصية",
        },
        FieldName::PartnerCode => "شريط الأدوات أو المتصفح الذي جاء منه بحثك، في صورة رمز من قائمة ثابتة من الرموز",
        FieldName::Language => "لغتك، في صورة لغة من قائمة ثابتة",
        FieldName::Browser => "عائلة متصفحك، مثل firefox؛ بدون إصدار، وبدون نظام تشغيل",
        FieldName::Time => "الساعة من اليوم (UTC)",
        FieldName::AnonymousId => "معرّف مستعار، إذا كان شريط الأدوات لديك يرسل معرّفًا: مختلف لكل شريك ولكل يوم",
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "عبارة البحث",
        FieldName::PartnerCode => "رمز شريط الأدوات",
        FieldName::Language => "اللغة",
        FieldName::Browser => "عائلة المتصفح",
        FieldName::Time => "الساعة من اليوم",
        FieldName::AnonymousId => "معرّفًا مستعارًا يوميًا",
    };
    format!("يتلقّى {partner} {field} في المعلمة «{parameter}».")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "تُزال البيانات الشخصية التي يجري التعرّف عليها في عبارة البحث.",
        Policy::Refuse => "يُرفض البحث الذي يجري التعرّف فيه على بيانات شخصية.",
        Policy::Off => "تُمرَّر عبارات البحث مع أي بيانات شخصية تتضمّنها.",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "وهو يذكر الآن أيضًا من يشغّل هذه الخدمة، وما قد يتيح الختم للمشغّل رؤيته، وما قد تكشفه الأعداد الدقيقة، \
             وما يحتفظ به سجلّ التصفّح في متصفحك، وما قد يخفيه شريط أدوات خبيث في عملية بحث، وما قد تحصل عليه السلطات \
             أو المشتري."
        }
        7 => "وهو يذكر الآن أيضًا أن الطلبات إلى الشركاء الذين يُدفع لهم مقابل كل طلب تُحصى.",
        _ => "وهو يقول الأشياء نفسها بكلمات أخرى.",
    };
    format!("صياغة جديدة لهذا البيان (النسخة {edition}). {changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => format!("يرى {partner} قيمة User-Agent نفسها للجميع."),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("يرى {partner} قيمة User-Agent واحدة لكل عائلة متصفحات.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("تمر الروابط في نتائج {partner} عبر هذه الخدمة وتُحصى.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("تؤدي الروابط في نتائج {partner} مباشرة إلى وجهتها ولا تُحصى.")
        }
        Fact::PartnerName { partner, display_name } => {
            format!("يعرف المستخدمون {partner} باسم {display_name}.")
        }
        Fact::Images { partner } => format!("تجلب هذه الخدمة الصور الموجودة في نتائج {partner} وتعرضها."),
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("قد تُرسَل اللغة {tag} إلى الشركاء."),
        Fact::ClickTtl { seconds } => format!("يعمل رابط النتيجة لمدة {}.", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!(
                "لا تُذكر لغة أو عائلة متصفحات أو مجموعة عبارات بحث بالاسم إلا ابتداءً من {} في اليوم.",
                FORMATS.counted(*k, &clauses::PEOPLE)
            )
        }
        Fact::KeywordGroup { name } => {
            format!("تُحصى عمليات البحث والنقرات في مجموعة عبارات البحث «{name}»، بدون عباراتها.")
        }
        Fact::Service { name } => format!("تُسمّى هذه الخدمة \u{2068}{name}\u{2069}."),
        Fact::Operator { name } => format!("مشغّل هذه الخدمة هو \u{2068}{name}\u{2069}."),
        Fact::Contact { url } => format!("يمكن التواصل مع المشغّل عبر \u{2068}{url}\u{2069}."),
        Fact::Imprint { url } => format!("يوجد الإشعار القانوني على \u{2068}{url}\u{2069}."),
        Fact::HomePage { url } => format!("الموقع الإلكتروني للمشغّل هو \u{2068}{url}\u{2069}."),
        Fact::FailOver => "إذا تعطّل أحد الشركاء، يُسأل شريك آخر.".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("عدد اللغات التي قد تُذكر للشريك \u{2068}{partner}\u{2069}: {languages}. عدد الرموز: {codes}.")
        }
        Fact::RepeatWindow { seconds: 0 } => "لا يجري التعرّف على النقرات المتكررة على النتيجة نفسها.".into(),
        Fact::RepeatWindow { seconds } => {
            format!("من بين عدة نقرات على النتيجة نفسها خلال {}، تُحتسب نقرة واحدة.", duration(*seconds))
        }
        Fact::Padded => "تُكمَّل الاستجابات بحشو، كي تكشف أحجامها معلومات أقل.".into(),
        Fact::Store { store: StoreKind::File } => "تُخزَّن المجاميع في ملف على جهاز هذه الخدمة.".into(),
        Fact::Store { store: StoreKind::Postgresql } => "تُخزَّن المجاميع في قاعدة بيانات PostgreSQL.".into(),
        Fact::SharedMemory => "تتشارك عدة أجهزة معرفة الروابط التي فُتحت والأختام التي أُحصيت.".into(),
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "معلومة لا يمكن لهذا الإصدار من الخدمة وصفها.".into(),
    }
}
