//! Error messages in Hebrew.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "מה אתם מחפשים?",
        Problem::BadEncoding | Problem::BadParameter => "החיפוש הזה לא הגיע בשלמותו",
        Problem::CrossSite => "אתר אחר ביקש זאת",
        Problem::RobotRefused => "החיפוש מיועד לבני אדם",
        Problem::NotFound => "אין כאן שום דבר",
        Problem::MethodNotAllowed => "הכתובת הזאת לא תומכת בכך",
        Problem::RequestTimeout => "החיפוש שלכם הגיע לאט מדי",
        Problem::ClickExpired => "פג תוקפו של הקישור הזה",
        Problem::BodyTooLarge | Problem::UriTooLong => "החיפוש הזה ארוך מדי",
        Problem::UnsupportedMediaType => "אנחנו לא יכולים לקרוא את החיפוש הזה",
        Problem::WrongHost => "כתובת שגויה",
        Problem::KeywordRefused => "לא העברנו את החיפוש הזה",
        Problem::TooManyRequests => "יותר מדי חיפושים בבת אחת",
        Problem::HeadersTooLarge => "הדפדפן שלכם שלח יותר מדי",
        Problem::Internal => "משהו השתבש",
        Problem::PartnerFailed => "שותף החיפוש לא ענה כראוי",
        Problem::PartnerUnavailable => "אין שותף חיפוש זמין",
        Problem::Overloaded => "יש כרגע עומס",
        Problem::PrefetchRefused => "תוצאות נפתחות רק כשאתם בוחרים בהן",
        Problem::PartnerTimeout => "לשותף החיפוש נדרש זמן רב מדי",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "החיפוש ריק. הקלידו מילה בתיבת החיפוש.",
        Problem::BadEncoding => "הכתובת של החיפוש הזה אינה תקינה. הקלידו את החיפוש מחדש.",
        Problem::BadParameter => "בכתובת של החיפוש הזה יש פרמטר לא תקין. הקלידו את החיפוש מחדש.",
        Problem::CrossSite => "הבקשה הזאת הגיעה מאתר אחר. השתמשו במקום זאת בכפתור שבדף הפרטיות של השירות הזה.",
        Problem::RobotRefused => {
            "אנחנו עונים רק על חיפושים של בני אדם. אם אתם בני אדם, כבו את מה שגורם לדפדפן שלכם להזדהות כרובוט."
        }
        Problem::NotFound => "הדף הזה לא קיים. אם הגעתם מתוצאת חיפוש, חפשו שוב כדי לקבל קישור חדש.",
        Problem::MethodNotAllowed => "הכתובת הזאת לא תומכת בשיטת הבקשה. בכותרת Allow מפורטות השיטות הנתמכות.",
        Problem::RequestTimeout => "לקח לבקשה יותר מדי זמן להגיע. נסו שוב.",
        Problem::ClickExpired => "פג תוקפו של הקישור הזה. היעד שלו מוצג למטה.",
        Problem::BodyTooLarge => "החיפוש ארוך מדי. קצרו אותו.",
        Problem::UriTooLong => "הכתובת של החיפוש הזה ארוכה מדי. קצרו את החיפוש.",
        Problem::UnsupportedMediaType => "שלחו חיפושי POST בפורמט application/x-www-form-urlencoded.",
        Problem::WrongHost => "השרת הזה לא משרת את שם המארח הזה. בדקו את הכתובת.",
        Problem::KeywordRefused => "נראה שהחיפוש מכיל מידע אישי, ומידע כזה לא נשלח לשותפים. הסירו אותו וחפשו שוב.",
        Problem::TooManyRequests => "הגיעו יותר מדי בקשות מהרשת הזאת. המתינו רגע ונסו שוב.",
        Problem::HeadersTooLarge => "כותרות הבקשה גדולות מדי. מחקו את העוגיות של האתר הזה ונסו שוב.",
        Problem::Internal => "משהו השתבש אצלנו. נסו שוב.",
        Problem::PartnerFailed => "שותף החיפוש לא החזיר תשובה שאפשר להשתמש בה. נסו שוב בעוד רגע.",
        Problem::PartnerUnavailable => "אין כרגע שותף חיפוש זמין. נסו שוב בעוד רגע.",
        Problem::Overloaded => "השירות עמוס. נסו שוב בעוד רגע.",
        Problem::PrefetchRefused => "אי אפשר לטעון מראש קישורי תוצאות.",
        Problem::PartnerTimeout => "לשותף החיפוש נדרש זמן רב מדי כדי לענות. נסו שוב.",
    }
}
