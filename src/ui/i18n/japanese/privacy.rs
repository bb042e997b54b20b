//! The privacy statement in Japanese.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::japanese::clauses;
use crate::ui::i18n::japanese::format::{date, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "プライバシーポリシー",
    version: |number, day| format!("第{number}版（{}施行）", date(day)),
    changes: |day| format!("{}の変更点", date(day)),
    sent_to: |partner| format!("{partner}に送信される情報"),
    parameter: "パラメーター",
    content: "内容",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "全員に共通の文字列",
        Agent::ByBrowser => "ブラウザの種類ごとに決まった文字列（バージョンとOSは含まれません）",
    },
    links: |links| match links {
        Links::Counted => "検索結果のリンクはこのサービスを経由し、集計されます。",
        Links::Direct => "検索結果のリンクは移動先に直接つながり、集計されません。",
    },
    images: "検索結果の画像は、このサービスがお客様の代わりに取得します。画像を置いているサイトには、誰かが画像を見たこ\
             とと、その時刻がわかりますが、お客様のIPアドレスやブラウザに関する情報は何もわかりません。",
    no_stamp: "このページを開いたとき、ブラウザはスタンプを送信しませんでした。",
    invalid_stamp: "このページを開いたとき、ブラウザはスタンプを送信しましたが、そのスタンプは無効または期限切れです。",
    stamp,
    forget_button: "忘れてもらう",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "このページを開いたとき、ブラウザは{}に受け取ったスタンプを送信しました。このスタンプはまだ集計されていま\
             せん。次に訪れたときに集計されます。",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => cohort,
        CohortPrecision::Week => format!("{cohort}に始まる週"),
        CohortPrecision::Month => format!("{cohort}に始まる月"),
    };
    let number = if stamp.serial.is_some() {
        "乱数が含まれています。"
    } else {
        "乱数は含まれていません。"
    };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "このページを開いたとき、ブラウザはスタンプを送信しました。スタンプによると、最初に訪れたのは{first}、最後に訪\
         れたのは{last}です。スタンプには{number}スタンプは{end}に期限切れになります。"
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "検索内容（個人情報と認識されたものは取り除かれます）",
            Policy::Refuse => "検索内容（個人情報を含むと認識された検索は拒否されます）",
            Policy::Off => "検索内容（個人情報があれば、それも含みます）",
        },
        FieldName::PartnerCode => "検索元のツールバーまたはブラウザ（決まった一覧にあるコードの1つ）",
        FieldName::Language => "言語（決まった一覧にある言語の1つ）",
        FieldName::Browser => "ブラウザの種類（firefoxなど。バージョンとOSは含まれません）",
        FieldName::Time => "時間帯（UTC、1時間単位）",
        FieldName::AnonymousId => "ツールバーがIDを送信する場合は、仮名ID（パートナーごと、日ごとに異なります）",
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "検索キーワード",
        FieldName::PartnerCode => "ツールバーのコード",
        FieldName::Language => "言語",
        FieldName::Browser => "ブラウザの種類",
        FieldName::Time => "時間帯",
        FieldName::AnonymousId => "日ごとの仮名ID",
    };
    format!("{partner}は、パラメーター「{parameter}」で{field}を受け取ります。")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "検索キーワードの中で個人情報と認識されたものは、取り除かれます。",
        Policy::Refuse => "個人情報を含むと認識された検索は、拒否されます。",
        Policy::Off => "検索キーワードは、個人情報が含まれていてもそのまま送信されます。",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "このサービスの運営者、スタンプから運営者が知りうること、正確な集計値から知られうること、ブラウザの履歴に残\
             るもの、悪意のあるツールバーが検索に隠しうるもの、公的機関や買い手に渡るものについても記載しました。"
        }
        7 => "リクエストごとに料金が支払われるパートナーへのリクエストを集計することについても記載しました。",
        _ => "同じ内容を別の表現で記載しました。",
    };
    format!("このプライバシーポリシーの文面を改めました（改訂{edition}）。{changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => format!("{partner}に伝わるUser-Agentは、全員同じです。"),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner}に伝わるUser-Agentは、ブラウザの種類ごとに1つです。")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("{partner}の検索結果のリンクはこのサービスを経由し、集計されます。")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("{partner}の検索結果のリンクは移動先に直接つながり、集計されません。")
        }
        Fact::PartnerName { partner, display_name } => {
            format!("{partner}は利用者には{display_name}として知られています。")
        }
        Fact::Images { partner } => format!("{partner}の検索結果の画像は、このサービスが取得して表示します。"),
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("言語「{tag}」がパートナーに送信される可能性があります。"),
        Fact::ClickTtl { seconds } => format!("検索結果のリンクは{}有効です。", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!(
                "言語、ブラウザの種類、検索キーワードのグループの名前が示されるのは、その日に異なる{k}人以上に当てはま\
                 る場合です。"
            )
        }
        Fact::KeywordGroup { name } => {
            format!(
                "検索とクリックは、検索キーワードのグループ「{name}」に集計されます。検索キーワードは集計されません。"
            )
        }
        Fact::Service { name } => format!("このサービスの名称は{name}です。"),
        Fact::Operator { name } => format!("このサービスの運営者は{name}です。"),
        Fact::Contact { url } => format!("運営者の連絡先は {url} です。"),
        Fact::Imprint { url } => format!("法的情報は {url} にあります。"),
        Fact::HomePage { url } => format!("運営者のウェブサイトは {url} です。"),
        Fact::FailOver => "パートナーに障害があるときは、別のパートナーに問い合わせます。".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("{partner}に伝わりうる言語の数：{languages}、コードの数：{codes}。")
        }
        Fact::RepeatWindow { seconds: 0 } => "同じ検索結果の繰り返しのクリックは識別されません。".into(),
        Fact::RepeatWindow { seconds } => {
            format!("1つの検索結果を{}に何度クリックしても、1回と数えます。", duration(*seconds))
        }
        Fact::Padded => "応答のサイズからわかることを減らすため、応答にはデータが補われます。".into(),
        Fact::Store { store: StoreKind::File } => {
            "集計値は、このサービスのコンピューター上のファイルに保存されます。".into()
        }
        Fact::Store { store: StoreKind::Postgresql } => "集計値は、PostgreSQLデータベースに保存されます。".into(),
        Fact::SharedMemory => {
            "どのリンクが開かれたか、どのスタンプが集計されたかは、複数のコンピューターで共有されます。".into()
        }
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "このバージョンのサービスでは説明できない項目です。".into(),
    }
}
