//! The privacy statement in Simplified Chinese.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::chinese::clauses;
use crate::ui::i18n::chinese::format::{date, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "隐私声明",
    version: |number, day| format!("第 {number} 版，自{}起生效。", date(day)),
    changes: |day| format!("{}更改的内容", date(day)),
    sent_to: |partner| format!("发送给 {partner} 的内容"),
    parameter: "参数",
    content: "内容",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "对所有人都相同的文本",
        Agent::ByBrowser => "每个浏览器系列一段固定的文本；不含版本，不含操作系统",
    },
    links: |links| match links {
        Links::Counted => "其结果中的链接经过本服务，并会被计数。",
        Links::Direct => "其结果中的链接直接指向目标网站，不会被计数。",
    },
    images: "我们代您获取其结果中的图片。存放图片的网站会得知有人查看了图片以及查看的时间，但不会得知您的 IP 地址，\
             也不会得知关于您浏览器的任何信息。",
    no_stamp: "您的浏览器在请求本页面时没有发送戳记。",
    invalid_stamp: "您的浏览器在请求本页面时发送了一个戳记，但该戳记无效或已过期。",
    stamp,
    forget_button: "忘记我",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "您的浏览器在请求本页面时发送了它于{}收到的戳记。该戳记尚未被计数；您下次访问时会将其计入。",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("在{cohort}"),
        CohortPrecision::Week => format!("在从{cohort}开始的一周内"),
        CohortPrecision::Month => format!("在从{cohort}开始的一个月内"),
    };
    let number = if stamp.serial.is_some() { "它含有一个随机数。" } else { "它不含随机数。" };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "您的浏览器在请求本页面时发送了一个戳记。它表明您的首次访问{first}，最近一次访问在{last}。\
         {number}它将于{end}过期。"
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "您搜索的内容；其中的个人信息在识别出时会被移除",
            Policy::Refuse => "您搜索的内容；如果识别出其中含有个人信息，搜索会被拒绝",
            Policy::Off => "您搜索的内容，包括其中的任何个人信息",
        },
        FieldName::PartnerCode => "您的搜索来自的工具栏或浏览器，以固定列表中的一个代码表示",
        FieldName::Language => "您的语言，为固定列表中的一种",
        FieldName::Browser => "您的浏览器系列，例如 firefox；不含版本，不含操作系统",
        FieldName::Time => "一天中的小时（UTC）",
        FieldName::AnonymousId => "假名，如果您的工具栏发送 ID：每个合作伙伴和每一天各不相同",
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "搜索词",
        FieldName::PartnerCode => "工具栏的代码",
        FieldName::Language => "语言",
        FieldName::Browser => "浏览器系列",
        FieldName::Time => "一天中的小时",
        FieldName::AnonymousId => "每日假名",
    };
    format!("{partner} 通过参数“{parameter}”收到{field}。")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "在搜索词中识别出的个人信息会被移除。",
        Policy::Refuse => "如果在搜索中识别出个人信息，该搜索会被拒绝。",
        Policy::Off => "搜索词会连同其中含有的任何个人信息一起转发。",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "现在还说明了谁运营本服务、戳记会让运营者看到什么、精确的计数可能透露什么、您浏览器的历史记录会保留什么、\
             恶意工具栏可能在搜索中隐藏什么，以及主管机关或买方会得到什么。"
        }
        7 => "现在还说明了发往按请求收费的合作伙伴的请求会被统计。",
        _ => "内容相同，只是换了说法。",
    };
    format!("本声明的新措辞（文本第 {edition} 版）。{changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => format!("{partner} 看到的 User-Agent 对所有人都相同。"),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} 看到的 User-Agent 因浏览器系列而异，每个系列一种。")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("来自 {partner} 的结果中的链接经过本服务，并会被计数。")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("来自 {partner} 的结果中的链接直接指向目标网站，不会被计数。")
        }
        Fact::PartnerName { partner, display_name } => {
            format!("用户看到的 {partner} 的名称是 {display_name}。")
        }
        Fact::Images { partner } => format!("本服务会获取并显示来自 {partner} 的结果中的图片。"),
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("语言 {tag} 可能会发送给合作伙伴。"),
        Fact::ClickTtl { seconds } => format!("结果链接的有效时间为 {}。", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!("某种语言、浏览器系列或搜索词分组，一天内达到 {k} 个不同的人时才会列出其名称。")
        }
        Fact::KeywordGroup { name } => {
            format!("搜索和点击会计入搜索词分组“{name}”，不含其搜索词。")
        }
        Fact::Service { name } => format!("本服务名为 {name}。"),
        Fact::Operator { name } => format!("本服务由 {name} 运营。"),
        Fact::Contact { url } => format!("运营者的联系方式为 {url}。"),
        Fact::Imprint { url } => format!("法律声明位于 {url}。"),
        Fact::HomePage { url } => format!("运营者的网站是 {url}。"),
        Fact::FailOver => "如果某个合作伙伴发生故障，会改为请求另一个合作伙伴。".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("可能告知 {partner} 的语言数：{languages}。代码数：{codes}。")
        }
        Fact::RepeatWindow { seconds: 0 } => "不识别对同一结果的重复点击。".into(),
        Fact::RepeatWindow { seconds } => {
            format!("{}内对同一结果的多次点击只计一次。", duration(*seconds))
        }
        Fact::Padded => "响应会被填充，使其大小透露更少的信息。".into(),
        Fact::Store { store: StoreKind::File } => "总数存储在本服务所在机器上的一个文件中。".into(),
        Fact::Store { store: StoreKind::Postgresql } => "总数存储在一个 PostgreSQL 数据库中。".into(),
        Fact::SharedMemory => "多台机器共享哪些链接已被打开、哪些戳记已被计数。".into(),
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "本服务的此版本无法描述的一项事实。".into(),
    }
}
