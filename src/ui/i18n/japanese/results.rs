//! The texts of results pages in Japanese.

use crate::fields::FieldName;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::japanese::format::counted;
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural = Plural::invariable("検索結果{}件");
const ADS: Plural = Plural::invariable("広告{}件");

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("「{keyword}」の検索結果"),
    found: |results, ads, partner| match ads {
        0 => format!("{partner}の{}", counted(results, &RESULTS)),
        ads => format!("{partner}の{}と{}", counted(results, &RESULTS), counted(ads, &ADS)),
    },
    from: |partner| format!("{partner}の検索結果"),
    sponsored: "広告",
    about_ads: "これらの広告について",
    nothing_found: |partner| format!("{partner}では何も見つかりませんでした"),
    nothing_found_advice: [
        "入力に誤りがないか確認してください。",
        "言葉を減らすか、より一般的な言葉でお試しください。",
        "下で別の言語を選んでお試しください。",
    ],
    redacted: "検索内容に個人情報が含まれている可能性があったため、取り除いてから送信しました。",
    redacted_link: "取り除かれる情報",
    shortened: "検索内容がとても長いため、最初の部分だけを送信しました。",
    pages: "検索結果のページ",
    page: |number| format!("{number}ページ目"),
    next: "次へ",
    previous: "前へ",
    search_again: "もう一度検索",
    truncated: "検索パートナーからの応答が、ここで予期せず途切れました。ほかにも検索結果がある可能性があります。",
    sent: SentTexts {
        summary: "送信された情報",
        intro: |partner| format!("この検索で{partner}が受け取った情報："),
        field_column: "項目",
        value_column: "受け取った内容",
        field: |field| match field {
            FieldName::Keyword => "検索内容",
            FieldName::PartnerCode => "ツールバーのコード",
            FieldName::Language => "言語",
            FieldName::Browser => "ブラウザの種類",
            FieldName::Time => "時間帯（UTC、1時間単位）",
            FieldName::AnonymousId => "仮名ID（この日とこのパートナー限り）",
        },
        not_sent: "送信なし",
        nothing_else: |partner| {
            format!(
                "{partner}は、お客様に関する情報をこれ以外に受け取っていません。IPアドレス、Cookie、ブラウザのバージョ\
                 ン、どこから来たかは、いずれも送信されていません。"
            )
        },
        unanswered: |partner| {
            format!(
                "これより先に、{partner}に問い合わせました。{partner}は、上の項目のうち送信対象のものを受け取りました\
                 が、応答しませんでした。"
            )
        },
        more: "共有する情報と集計する内容のすべて",
    },
};
