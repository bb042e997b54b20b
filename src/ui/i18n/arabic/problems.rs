//! Error messages in Arabic.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "عمّ تبحث؟",
        Problem::BadEncoding | Problem::BadParameter => "لم يصل هذا البحث كاملًا",
        Problem::CrossSite => "موقع آخر هو الذي طلب ذلك",
        Problem::RobotRefused => "البحث مخصَّص للبشر",
        Problem::NotFound => "لا يوجد شيء هنا",
        Problem::MethodNotAllowed => "هذا العنوان لا يدعم ذلك",
        Problem::RequestTimeout => "وصل بحثك ببطء شديد",
        Problem::ClickExpired => "انتهت صلاحية هذا الرابط",
        Problem::BodyTooLarge | Problem::UriTooLong => "هذا البحث طويل جدًا",
        Problem::UnsupportedMediaType => "لا يمكننا قراءة هذا البحث",
        Problem::WrongHost => "عنوان خاطئ",
        Problem::KeywordRefused => "لم نمرّر هذا البحث",
        Problem::TooManyRequests => "عمليات بحث كثيرة جدًا في وقت واحد",
        Problem::HeadersTooLarge => "أرسل متصفحك أكثر مما ينبغي",
        Problem::Internal => "حدث خطأ ما",
        Problem::PartnerFailed => "لم يُجب شريك البحث كما ينبغي",
        Problem::PartnerUnavailable => "لا يتوفّر أي شريك بحث",
        Problem::Overloaded => "الخدمة مشغولة",
        Problem::PrefetchRefused => "لا تُفتح النتائج إلا عندما تختارها",
        Problem::PartnerTimeout => "استغرق شريك البحث وقتًا أطول من اللازم",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "البحث فارغ. يُرجى كتابة كلمة في مربع البحث.",
        Problem::BadEncoding => "عنوان هذا البحث غير صالح. تُرجى كتابة البحث من جديد.",
        Problem::BadParameter => "يتضمّن عنوان هذا البحث معلمة غير صالحة. تُرجى كتابة البحث من جديد.",
        Problem::CrossSite => "جاء هذا الطلب من موقع آخر. يُرجى بدلًا من ذلك استخدام الزر في صفحة الخصوصية لهذه الخدمة.",
        Problem::RobotRefused => {
            "لا نجيب إلا عن عمليات بحث البشر. إذا كنت إنسانًا، فيُرجى إيقاف ما يجعل متصفحك يعرّف نفسه بأنه روبوت."
        }
        Problem::NotFound => {
            "هذه الصفحة غير موجودة. إذا كنت قد فتحت نتيجة بحث، فيُرجى البحث مرة أخرى للحصول على رابط جديد."
        }
        Problem::MethodNotAllowed => "لا يدعم هذا العنوان طريقة الطلب. تسرد الترويسة Allow الطرق المدعومة.",
        Problem::RequestTimeout => "استغرق وصول الطلب وقتًا أطول من اللازم. تُرجى إعادة المحاولة.",
        Problem::ClickExpired => "انتهت صلاحية هذا الرابط. وجهته معروضة أدناه.",
        Problem::BodyTooLarge => "البحث طويل جدًا. يُرجى اختصاره.",
        Problem::UriTooLong => "عنوان هذا البحث طويل جدًا. يُرجى اختصار البحث.",
        Problem::UnsupportedMediaType => "يُرجى إرسال بحث POST بصيغة application/x-www-form-urlencoded.",
        Problem::WrongHost => "لا يخدم هذا الخادم اسم المضيف هذا. يُرجى التحقّق من العنوان.",
        Problem::KeywordRefused => {
            "يبدو أن البحث يتضمّن بيانات شخصية، وهي لا تُرسَل إلى الشركاء. يُرجى حذفها ثم البحث مرة أخرى."
        }
        Problem::TooManyRequests => "جاءت طلبات كثيرة جدًا من هذه الشبكة. يُرجى الانتظار لحظة ثم إعادة المحاولة.",
        Problem::HeadersTooLarge => {
            "ترويسات الطلب كبيرة جدًا. يُرجى حذف ملفات تعريف الارتباط لهذا الموقع ثم إعادة المحاولة."
        }
        Problem::Internal => "حدث خطأ لدينا. تُرجى إعادة المحاولة.",
        Problem::PartnerFailed => "لم يُرجِع شريك البحث استجابة صالحة للاستخدام. تُرجى إعادة المحاولة بعد لحظات.",
        Problem::PartnerUnavailable => "لا يتوفّر أي شريك بحث حاليًا. تُرجى إعادة المحاولة بعد لحظات.",
        Problem::Overloaded => "الخدمة مشغولة. تُرجى إعادة المحاولة بعد لحظات.",
        Problem::PrefetchRefused => "لا يمكن جلب روابط النتائج مسبقًا.",
        Problem::PartnerTimeout => "استغرق شريك البحث وقتًا أطول من اللازم ليجيب. تُرجى إعادة المحاولة.",
    }
}
