//! The texts about personal data in keywords, in Simplified Chinese.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "能识别哪些类型、国家和地区，以及识别失败的频率",
    title: "搜索中的个人信息",
    policy: |policy| match policy {
        Policy::Redact => {
            "在把您的搜索发送给合作伙伴之前，我们会在其中查找个人信息，并将识别出的内容替换为占位符。\
             合作伙伴只会收到占位符。"
        }
        Policy::Refuse => {
            "在把您的搜索发送给合作伙伴之前，我们会在其中查找个人信息。如果识别出个人信息，我们会拒绝该搜索，\
             不发送任何内容。"
        }
        Policy::Off => {
            "本服务配置为不查找个人信息：您的搜索会连同其中含有的任何个人信息一起发送。本页面列出可以识别的内容。"
        }
    },
    no_guarantee: "这并不能保证万无一失。程序识别的是号码和字词的形式，而不是人：姓名以及未在此列出的一切，都会按您输\
                   入的原样发送；列出的内容也有一些会被漏掉。请不要搜索不能让任何人知道的内容。",
    method: "我们根据个人信息的格式、校验位或日期（如果有）或者旁边的词来识别。各种文字的数字都能读取。下列国家和地区\
             以及号码取自本服务使用的表格。",
    kinds: "类型",
    placeholder: "替换为",
    comprises: "内容和识别方式",
    kind: |kind| match kind {
        PiiKind::Email => "电子邮件地址（包括用文字拼写或带空格的）和 Matrix ID：根据格式",
        PiiKind::Card => "支付卡号：根据发卡机构和校验位，或位于表示支付卡的词之后",
        PiiKind::BankAccount => "IBAN：根据国家或地区、长度和校验位，或位于相应的词之后",
        PiiKind::Phone => "电话号码：带有 + 或 00 和国际区号，或符合某个国家或地区的格式，或位于表示电话的词之后",
        PiiKind::NationalNumber => {
            "个人号码：税务、社会保险、医疗保险、身份证、护照、驾驶证、没有 IBAN 的银行账户、出生日期：根据格式和校验\
             位或日期，或位于相应的词之后。还包括带门牌号和邮政编码的街道、含有设备标识符的 IPv6 地址，以及位于相应的\
             词之后的任何 IP 地址或硬件地址"
        }
        PiiKind::Link => "含有密码、密钥、电子邮件地址或较长随机部分的链接",
        PiiKind::Secret => "位于表示密码的词之后的密码、已知格式的密钥和令牌、私钥，以及钱包的助记词",
    },
    countries: "国家和地区",
    national_numbers: "根据格式和校验位或日期，可识别以下国家和地区的个人号码：",
    national_numbers_alone: "仅当搜索内容只有该号码时才可识别：",
    bank_accounts: |count| format!("{count} 个国家和地区的 IBAN"),
    telephone_numbers: |count| format!("{count} 个国家和地区的电话号码"),
    after_a_word: "根据旁边的词识别",
    after_a_word_about: "位于相应的词（所属国家或地区的语言）之后的号码，无论校验位是否正确，都会被替换。对于不限国家\
                         和地区的号码，可识别 30 多种语言中相应的词。",
    number: "号码",
    issued_by: "国家和地区",
    any_country: "不限",
    number_name,
    kept: "不会替换的内容",
    kept_about: "位于表示以下内容的词之后的号码：",
    kept_otherwise: "还包括年份、日期、金额、服务电话号码、哈希值、UUID、私有 IP 地址，以及没有相应的词的硬件地址。",
    figures: "出错的频率",
    figures_about: "用含有虚构数据的测试搜索测得，这些搜索全部出自同一作者。真实搜索的数字可能不同。真正有意义的，是从\
                    未用于调整识别的那些搜索的数字。“不准确”是指：只替换了一部分，或被当作另一种类型。",
    figure_columns: ["测试搜索", "错误替换", "漏掉", "替换不准确"],
    part: |part| match part {
        "held_out" => "从未用于调整识别",
        _ => "曾用于调整识别",
    },
    of: |count, all| format!("{all} 次中的 {count} 次"),
    country: |code| country_names::name(UiLanguage::Chinese, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "护照",
        "identity card" => "身份证",
        "driving licence" => "驾驶证",
        "tax number" => "税号",
        "social insurance" => "社会保险",
        "health insurance" => "医疗保险",
        "bank account" => "银行账户",
        "payment card" => "支付卡",
        "telephone number" => "电话号码",
        "date of birth" => "出生日期",
        "Internet address" => "IP 地址",
        "hardware address" => "硬件地址",
        "caller" => "来电者的号码",
        "NHS number" => "NHS 号码",
        "CHI number" => "CHI 号码",
        "National Insurance number" => "National Insurance 号码",
        "Medicare number" => "Medicare 号码",
        "NHI number" => "NHI 号码",
        "PPS number" => "PPS 号码",
        "ID number" => "ID 号码",
        "voter's number" => "选民证号码",
        "personal code" => "个人代码",
        "insurance number" => "保险号码",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        "address" => "邮政编码和地址",
        "part and article number" => "零件和商品",
        "order and case number" => "订单和案件",
        "freight" => "货运和包裹",
        "medicine" => "药品",
        "trade number" => "商品条码等（EAN、ISBN）",
        "company number" => "公司",
        "sizes, places and bits" => "尺寸、位置和比特",
        "makers of vehicles, parts, tools, watches and appliances" => "车辆、零件、工具、钟表和电器的制造商",
        "product words" => "产品",
        other => other,
    }
}
