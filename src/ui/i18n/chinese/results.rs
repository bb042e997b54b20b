//! The texts of results pages in Simplified Chinese.

use crate::fields::FieldName;
use crate::ui::i18n::chinese::format::counted;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural = Plural::invariable("{} 条结果");
const ADS: Plural = Plural::invariable("{} 条广告");

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("“{keyword}”的搜索结果"),
    found: |results, ads, partner| match ads {
        0 => format!("{}，来自 {partner}", counted(results, &RESULTS)),
        ads => format!("{}和 {}，来自 {partner}", counted(results, &RESULTS), counted(ads, &ADS)),
    },
    from: |partner| format!("结果来自 {partner}"),
    sponsored: "广告",
    about_ads: "关于这些广告",
    nothing_found: |partner| format!("{partner} 没有找到与此搜索相关的内容"),
    nothing_found_advice: ["请检查拼写。", "请减少字词，或换用更宽泛的字词。", "请在下方换一种语言试试。"],
    redacted: "您的搜索似乎包含个人信息。我们在转发搜索之前已将其移除。",
    redacted_link: "我们会移除什么",
    shortened: "您的搜索很长。我们只转发了开头部分。",
    pages: "结果页码",
    page: |number| format!("第 {number} 页"),
    next: "下一页",
    previous: "上一页",
    search_again: "再次搜索",
    truncated: "搜索合作伙伴的响应在此处意外中断。可能还有更多结果。",
    sent: SentTexts {
        summary: "发送了什么",
        intro: |partner| format!("{partner} 随您的搜索收到了以下内容："),
        field_column: "项目",
        value_column: "收到的内容",
        field: |field| match field {
            FieldName::Keyword => "您搜索的内容",
            FieldName::PartnerCode => "您工具栏的代码",
            FieldName::Language => "语言",
            FieldName::Browser => "浏览器系列",
            FieldName::Time => "一天中的小时（UTC）",
            FieldName::AnonymousId => "假名，仅用于当天和该合作伙伴",
        },
        not_sent: "未发送",
        nothing_else: |partner| {
            format!(
                "{partner} 没有收到关于您的任何其他信息：没有 IP 地址，没有 Cookie，没有浏览器版本，也不知道您从何处来\
                 到这里。"
            )
        },
        unanswered: |partner| {
            format!("此前我们曾向 {partner} 发出请求。它收到了上述项目中应发送给它的部分，但没有响应。")
        },
        more: "我们共享和统计的全部内容",
    },
};
