//! The texts in Japanese.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::japanese::format::{counted, date, duration};
use crate::ui::i18n::japanese::problems::{advice, title};
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural::invariable("ほかに{}件の変更があります。プライバシーポリシーをご覧ください。");

pub(super) static TEXTS: Texts = Texts {
    tag: "ja",
    direction: "ltr",
    punctuation: Punctuation::CJK,
    skip_link: "本文へ移動",
    search_label: "検索",
    search_button: "検索",

    footer_label: "サービス情報",
    privacy_link: "プライバシー",
    about_link: "このサービスについて",
    add_link: "ブラウザに追加",
    website: "運営者のサイト",
    imprint: "法的情報",
    contact: "お問い合わせ",
    promise: "スクリプトなし。パートナーのCookieなし。検索内容の記録なし。",
    settings_label: "言語と配色",
    language_heading: "言語",
    theme_heading: "配色",
    theme: |theme| match theme {
        None => "ブラウザに合わせる",
        Some(Theme::Light) => "ライト",
        Some(Theme::Dark) => "ダーク",
    },

    home_title: "追跡されない検索",
    home_about: "検索内容を検索パートナーに送りますが、IPアドレス、Cookie、ブラウザの詳しい情報は送りません。",
    home_privacy_link: "共有する情報と集計する内容の詳細",
    statement_changed: |day| format!("{}にプライバシーポリシーを変更しました：", date(day)),
    added: "追加：",
    removed: "削除：",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "エラーコード：",
    try_again: "もう一度試す",
    home_link: "トップページ",
    link_expired: "このリンクは期限切れです",
    cross_site_title: "別のサイトからここに移動しました",
    cross_site_about: "このサービスが転送するのは、検索結果ページで開かれたリンクだけです。このリンクの移動先：",
    open_target: "リンクを開く",
    open_target_about: "開いても集計されず、どこから来たかは移動先のサイトに伝わりません。",

    forgotten_title: "Cookieを削除しました",
    forgotten_about: "このサービスのCookieは、すべてブラウザから削除されました。お客様に関する情報は、サーバーには何も\
                      保存されていません。",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
