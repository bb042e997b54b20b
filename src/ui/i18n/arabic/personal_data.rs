//! The texts about personal data in keywords, in Arabic.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::arabic::format::counted;
use crate::ui::i18n::country_names;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

/// In the genitive.
const PLACES: Plural = Plural {
    zero: Some("{} بلد وإقليم"),
    one: Some("بلد واحد أو إقليم واحد"),
    two: Some("بلدين أو إقليمين"),
    few: Some("{} بلدان وأقاليم"),
    many: Some("{} بلدًا وإقليمًا"),
    other: "{} بلد وإقليم",
};

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "الأنواع والبلدان التي نتعرّف عليها، وكم مرة يفشل ذلك",
    title: "البيانات الشخصية في عمليات البحث",
    policy: |policy| match policy {
        Policy::Redact => {
            "قبل أن نرسل بحثك إلى أحد الشركاء، نبحث فيه عن بيانات شخصية، ونضع عنصرًا نائبًا مكان ما نتعرّف عليه. ولا \
             يتلقّى الشريك إلا العنصر النائب."
        }
        Policy::Refuse => {
            "قبل أن نرسل بحثك إلى أحد الشركاء، نبحث فيه عن بيانات شخصية. وإذا تعرّفنا على أي منها، نرفض البحث ولا نرسل \
             شيئًا."
        }
        Policy::Off => {
            "أُعدّت هذه الخدمة بحيث لا تبحث عن بيانات شخصية: فبحثك يُرسَل مع أي بيانات شخصية يتضمّنها. وتسرد هذه \
             الصفحة ما يمكن التعرّف عليه."
        }
    },
    no_guarantee: "هذا ليس ضمانًا. فالبرامج تتعرّف على أشكال الأرقام والكلمات، لا على الأشخاص: تُرسَل الأسماء، وكل ما \
                   لم يُذكر هنا، كما تكتبها، ويفوتنا بعض ما ذُكر. فلا تبحث عمّا يجب ألا يعرفه أحد.",
    method: "نتعرّف على البيانات الشخصية من شكلها، أو من رقم التحقّق أو التاريخ فيها إن وُجد، أو من الكلمة المجاورة \
             لها. وتُقرأ الأرقام المكتوبة بأي نظام كتابة. والبلدان والأرقام الواردة أدناه مأخوذة من الجداول التي \
             تستخدمها هذه الخدمة.",
    kinds: "الأنواع",
    placeholder: "يحلّ محلّها",
    comprises: "ما هي، وكيف نتعرّف عليها",
    kind: |kind| match kind {
        PiiKind::Email => "عناوين البريد الإلكتروني، بما فيها المكتوبة بالكلمات أو بمسافات، ومعرّفات Matrix: من شكلها",
        PiiKind::Card => "أرقام بطاقات الدفع: من جهة الإصدار ورقم التحقّق، أو بعد كلمة تدل عليها",
        PiiKind::BankAccount => "أرقام IBAN: من البلد والطول وأرقام التحقّق، أو بعد الكلمة الدالة عليها",
        PiiKind::Phone => {
            "أرقام الهواتف: مع + أو 00 ورمز البلد، أو بالصيغة المتّبعة في أحد البلدان، أو بعد كلمة تدل عليها"
        }
        PiiKind::NationalNumber => {
            "أرقام الأشخاص: الضرائب، والتأمين الاجتماعي، والتأمين الصحي، وبطاقات الهوية، وجوازات السفر، ورخص القيادة، \
             والحسابات المصرفية بدون IBAN، وتواريخ الميلاد: من الشكل ورقم التحقّق أو التاريخ، أو بعد الكلمة الدالة \
             عليها. وكذلك الشوارع مع رقم المنزل والرمز البريدي، وعناوين IPv6 التي تتضمّن معرّف جهاز، وأي عنوان IP أو \
             عنوان عتاد بعد الكلمة الدالة عليه"
        }
        PiiKind::Link => "الروابط التي تتضمّن كلمة مرور أو مفتاحًا أو عنوان بريد إلكتروني أو جزءًا عشوائيًا طويلًا",
        PiiKind::Secret => {
            "كلمات المرور بعد الكلمة الدالة عليها، والمفاتيح والرموز المميِّزة ذات الشكل المعروف، والمفاتيح الخاصة، \
             وعبارات الاسترداد للمحافظ الرقمية"
        }
    },
    countries: "البلدان",
    national_numbers: "نتعرّف على الأرقام الوطنية من الشكل ورقم التحقّق أو التاريخ في البلدان التالية:",
    national_numbers_alone: "فقط إذا كان الرقم هو البحث كله:",
    bank_accounts: |count| format!("أرقام IBAN في {}", counted(count, &PLACES)),
    telephone_numbers: |count| format!("أرقام الهواتف في {}", counted(count, &PLACES)),
    after_a_word: "ما نتعرّف عليه من الكلمة المجاورة",
    after_a_word_about: "بعد الكلمة الدالة عليه، بلغات بلدانه، يُستبدل الرقم سواء أكان رقم التحقّق فيه صحيحًا أم \
                         خاطئًا. وفي حالة الأرقام غير المرتبطة ببلد معيّن، نعرف الكلمات بأكثر من 30 لغة.",
    number: "الرقم",
    issued_by: "البلدان",
    any_country: "أي بلد",
    number_name,
    kept: "ما لا يُستبدل",
    kept_about: "الأرقام بعد كلمات تدل على:",
    kept_otherwise: "وكذلك السنوات، والتواريخ، والمبالغ، وأرقام هواتف الخدمات، وقيم التجزئة، ومعرّفات UUID، وعناوين IP \
                     الخاصة، وعناوين العتاد بدون كلمة دالة عليها.",
    figures: "كم مرة يقع الخطأ",
    figures_about: "قيست على عمليات بحث اختبارية ببيانات مختلَقة، كلها من وضع شخص واحد. وقد تعطي عمليات البحث الحقيقية \
                    أرقامًا أخرى. والأرقام التي يُعتدّ بها هي أرقام عمليات البحث التي لم يُضبط التعرّف وفقًا لها قط. \
                    ومعنى «بغير دقة»: جزئيًا، أو كنوع آخر.",
    figure_columns: ["عمليات البحث الاختبارية", "استُبدلت خطأً", "لم تُكتشف", "استُبدلت بغير دقة"],
    part: |part| match part {
        "held_out" => "لم يُضبط التعرّف وفقًا لها قط",
        _ => "ضُبط التعرّف وفقًا لها",
    },
    of: |count, all| format!("{count} من {all}"),
    country: |code| country_names::name(UiLanguage::Arabic, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "جواز السفر",
        "identity card" => "بطاقة الهوية",
        "driving licence" => "رخصة القيادة",
        "tax number" => "الرقم الضريبي",
        "social insurance" => "التأمين الاجتماعي",
        "health insurance" => "التأمين الصحي",
        "bank account" => "الحساب المصرفي",
        "payment card" => "بطاقة الدفع",
        "telephone number" => "رقم الهاتف",
        "date of birth" => "تاريخ الميلاد",
        "Internet address" => "عنوان IP",
        "hardware address" => "عنوان العتاد",
        "caller" => "رقم المتصل",
        "NHS number" => "رقم NHS",
        "CHI number" => "رقم CHI",
        "National Insurance number" => "رقم National Insurance",
        "Medicare number" => "رقم Medicare",
        "NHI number" => "رقم NHI",
        "PPS number" => "رقم PPS",
        "ID number" => "رقم الهوية",
        "voter's number" => "رقم الناخب",
        "personal code" => "الرمز الشخصي",
        "insurance number" => "رقم التأمين",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "الهوية الإماراتية",
        "address" => "الرموز البريدية والعناوين",
        "part and article number" => "القطع والأصناف",
        "order and case number" => "الطلبات والمعاملات",
        "freight" => "الشحن والطرود",
        "medicine" => "الأدوية",
        "trade number" => "الأرقام التجارية (EAN وISBN)",
        "company number" => "الشركات",
        "sizes, places and bits" => "المقاسات والأماكن والبتات",
        "makers of vehicles, parts, tools, watches and appliances" => "مصنّعو المركبات والقطع والأدوات والساعات والأجهزة",
        "product words" => "المنتجات",
        other => other,
    }
}
