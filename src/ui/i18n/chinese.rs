//! The texts in Simplified Chinese.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::chinese::format::{counted, date, duration};
use crate::ui::i18n::chinese::problems::{advice, title};
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural::invariable("另有 {} 项更改，详见隐私声明。");

pub(super) static TEXTS: Texts = Texts {
    tag: "zh-Hans",
    direction: "ltr",
    punctuation: Punctuation::CJK,
    skip_link: "跳至正文",
    search_label: "搜索",
    search_button: "搜索",

    footer_label: "关于本服务",
    privacy_link: "隐私",
    about_link: "关于",
    add_link: "添加到浏览器",
    website: "我们的网站",
    imprint: "法律声明",
    contact: "联系我们",
    promise: "没有脚本，没有合作伙伴 Cookie，不记录您的搜索内容。",
    settings_label: "语言和外观",
    language_heading: "语言",
    theme_heading: "外观",
    theme: |theme| match theme {
        None => "跟随浏览器",
        Some(Theme::Light) => "浅色",
        Some(Theme::Dark) => "深色",
    },

    home_title: "搜索，不被跟踪",
    home_about: "我们把您的搜索转发给搜索合作伙伴，但不附带您的 IP 地址、Cookie 和浏览器的详细信息。",
    home_privacy_link: "我们具体共享什么、统计什么",
    statement_changed: |day| format!("我们的隐私声明已于{}更改：", date(day)),
    added: "新增：",
    removed: "不再适用：",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "错误代码：",
    try_again: "重试",
    home_link: "首页",
    link_expired: "此链接已过期",
    cross_site_title: "您是从其他网站来到这里的",
    cross_site_about: "我们只为从结果页面打开的结果链接提供跳转。此链接指向：",
    open_target: "打开链接",
    open_target_about: "我们不会统计这次打开，对方网站也不会得知您从何处跳转而来。",

    forgotten_title: "Cookie 已删除",
    forgotten_about: "您的浏览器已删除本服务的所有 Cookie。我们的服务器上没有存储任何关于您的信息。",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
