//! Error messages in Simplified Chinese.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "您想搜索什么？",
        Problem::BadEncoding | Problem::BadParameter => "此搜索未能完整送达",
        Problem::CrossSite => "此请求来自其他网站",
        Problem::RobotRefused => "搜索仅供真人使用",
        Problem::NotFound => "这里什么也没有",
        Problem::MethodNotAllowed => "此地址不支持该操作",
        Problem::RequestTimeout => "您的搜索传送得太慢",
        Problem::ClickExpired => "此链接已过期",
        Problem::BodyTooLarge | Problem::UriTooLong => "此搜索过长",
        Problem::UnsupportedMediaType => "我们无法读取此搜索",
        Problem::WrongHost => "地址错误",
        Problem::KeywordRefused => "我们没有转发此搜索",
        Problem::TooManyRequests => "搜索过于频繁",
        Problem::HeadersTooLarge => "您的浏览器发送的内容过多",
        Problem::Internal => "出了点问题",
        Problem::PartnerFailed => "搜索合作伙伴没有正确响应",
        Problem::PartnerUnavailable => "目前没有可用的搜索合作伙伴",
        Problem::Overloaded => "服务繁忙",
        Problem::PrefetchRefused => "结果只会在您选择后打开",
        Problem::PartnerTimeout => "搜索合作伙伴响应过慢",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "搜索内容为空。请在搜索框中输入字词。",
        Problem::BadEncoding => "此搜索的地址无效。请重新输入搜索内容。",
        Problem::BadParameter => "此搜索的地址含有无效参数。请重新输入搜索内容。",
        Problem::CrossSite => "此请求来自其他网站。请改用本服务隐私页面上的按钮。",
        Problem::RobotRefused => "我们只回应真人的搜索。如果您是真人，请关闭使浏览器自称为机器人的设置。",
        Problem::NotFound => "此页面不存在。如果您打开的是搜索结果，请重新搜索以获取新链接。",
        Problem::MethodNotAllowed => "此地址不支持该请求方法。Allow 响应头列出了支持的方法。",
        Problem::RequestTimeout => "请求传送的时间过长。请重试。",
        Problem::ClickExpired => "此链接已过期。其目标地址显示在下方。",
        Problem::BodyTooLarge => "搜索内容过长。请缩短。",
        Problem::UriTooLong => "此搜索的地址过长。请缩短搜索内容。",
        Problem::UnsupportedMediaType => "请以 application/x-www-form-urlencoded 格式发送 POST 搜索。",
        Problem::WrongHost => "本服务器不提供该主机名的服务。请检查地址。",
        Problem::KeywordRefused => "搜索内容似乎包含个人信息，而个人信息不会发送给合作伙伴。请将其删除后再搜索。",
        Problem::TooManyRequests => "来自此网络的请求过多。请稍等片刻再试。",
        Problem::HeadersTooLarge => "请求头过大。请清除本网站的 Cookie 后重试。",
        Problem::Internal => "我们这里出了问题。请重试。",
        Problem::PartnerFailed => "搜索合作伙伴没有返回可用的响应。请稍后重试。",
        Problem::PartnerUnavailable => "目前没有可用的搜索合作伙伴。请稍后重试。",
        Problem::Overloaded => "本服务目前繁忙。请稍后重试。",
        Problem::PrefetchRefused => "不支持预取结果链接。",
        Problem::PartnerTimeout => "搜索合作伙伴的响应时间过长。请重试。",
    }
}
