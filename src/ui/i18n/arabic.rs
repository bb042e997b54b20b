//! The texts in Arabic (Modern Standard Arabic).

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::arabic::format::{counted, date, duration};
use crate::ui::i18n::arabic::problems::{advice, title};
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural {
    zero: Some("لا يذكر بيان الخصوصية أي تغيير آخر."),
    one: Some("يذكر بيان الخصوصية تغييرًا آخر."),
    two: Some("يذكر بيان الخصوصية تغييرين آخرين."),
    few: Some("يذكر بيان الخصوصية {} تغييرات أخرى."),
    many: Some("يذكر بيان الخصوصية {} تغييرًا آخر."),
    other: "يذكر بيان الخصوصية {} تغيير آخر.",
};

pub(super) static TEXTS: Texts = Texts {
    tag: "ar",
    direction: "rtl",
    punctuation: Punctuation::ARABIC,
    skip_link: "الانتقال إلى المحتوى",
    search_label: "البحث",
    search_button: "بحث",

    footer_label: "عن هذه الخدمة",
    privacy_link: "الخصوصية",
    about_link: "نبذة عن الخدمة",
    add_link: "الإضافة إلى المتصفح",
    website: "موقعنا الإلكتروني",
    imprint: "إشعار قانوني",
    contact: "اتصل بنا",
    promise: "لا نصوص برمجية، ولا ملفات تعريف ارتباط من الشركاء، ولا سجلّ لما تبحث عنه.",
    settings_label: "اللغة والمظهر",
    language_heading: "اللغة",
    theme_heading: "المظهر",
    theme: |theme| match theme {
        None => "كما في المتصفح",
        Some(Theme::Light) => "فاتح",
        Some(Theme::Dark) => "داكن",
    },

    home_title: "البحث بدون تتبّع",
    home_about: "نمرّر بحثك إلى شريك بحث بدون عنوان IP الخاص بك، وبدون ملفات تعريف الارتباط لديك أو تفاصيل متصفحك.",
    home_privacy_link: "ما نشاركه وما نحصيه بالتحديد",
    statement_changed: |day| format!("تغيّر بيان الخصوصية لدينا في {}:", date(day)),
    added: "جديد:",
    removed: "لم يعد ساريًا:",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "رمز الخطأ:",
    try_again: "إعادة المحاولة",
    home_link: "الصفحة الرئيسية",
    link_expired: "انتهت صلاحية هذا الرابط",
    cross_site_title: "لقد وصلت إلى هنا من موقع آخر",
    cross_site_about: "لا نعيد التوجيه إلا عبر روابط النتائج التي تُفتح من صفحة النتائج. يؤدي هذا الرابط إلى:",
    open_target: "فتح الرابط",
    open_target_about: "لا نحصي ذلك، ولا يعرف الموقع من أين أتيت.",

    forgotten_title: "تم حذف ملفات تعريف الارتباط",
    forgotten_about: "حذف متصفحك كل ملفات تعريف الارتباط الخاصة بهذه الخدمة، إن وُجدت. ولا يُخزَّن على خوادمنا أي شيء \
                      عنك.",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
