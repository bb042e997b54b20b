//! Error messages in Japanese.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "何をお探しですか？",
        Problem::BadEncoding | Problem::BadParameter => "この検索は正しく届きませんでした",
        Problem::CrossSite => "別のサイトからのリクエストです",
        Problem::RobotRefused => "検索は人のためのものです",
        Problem::NotFound => "ここには何もありません",
        Problem::MethodNotAllowed => "このアドレスではその操作はできません",
        Problem::RequestTimeout => "検索が届くのに時間がかかりすぎました",
        Problem::ClickExpired => "このリンクは期限切れです",
        Problem::BodyTooLarge | Problem::UriTooLong => "この検索は長すぎます",
        Problem::UnsupportedMediaType => "この検索を読み取れません",
        Problem::WrongHost => "アドレスが違います",
        Problem::KeywordRefused => "この検索はパートナーに送信しませんでした",
        Problem::TooManyRequests => "一度に届いた検索が多すぎます",
        Problem::HeadersTooLarge => "ブラウザから届いた情報が多すぎます",
        Problem::Internal => "問題が発生しました",
        Problem::PartnerFailed => "検索パートナーが正しく応答しませんでした",
        Problem::PartnerUnavailable => "利用できる検索パートナーがありません",
        Problem::Overloaded => "ただいま混み合っています",
        Problem::PrefetchRefused => "検索結果は選んだときにだけ開きます",
        Problem::PartnerTimeout => "検索パートナーの応答に時間がかかりすぎました",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "検索する言葉がありません。検索ボックスに入力してください。",
        Problem::BadEncoding => "この検索のアドレスは無効です。もう一度入力して検索してください。",
        Problem::BadParameter => "この検索のアドレスに無効なパラメーターがあります。もう一度入力して検索してください。",
        Problem::CrossSite => {
            "このリクエストは別のサイトから送られました。代わりに、このサービスのプライバシーのページにあるボタンをお使\
             いください。"
        }
        Problem::RobotRefused => {
            "人による検索にだけ応答しています。ご自身で検索している場合は、ブラウザがロボットと名乗る原因になっているも\
             のをオフにしてください。"
        }
        Problem::NotFound => {
            "このページは存在しません。検索結果から移動した場合は、もう一度検索して新しいリンクを開いてください。"
        }
        Problem::MethodNotAllowed => {
            "このアドレスは、リクエストのメソッドに対応していません。対応しているメソッドはAllowヘッダーに示されていま\
             す。"
        }
        Problem::RequestTimeout => "リクエストが届くのに時間がかかりすぎました。もう一度お試しください。",
        Problem::ClickExpired => "このリンクは期限切れです。移動先は下に表示されています。",
        Problem::BodyTooLarge => "この検索は長すぎます。短くしてください。",
        Problem::UriTooLong => "この検索のアドレスは長すぎます。検索を短くしてください。",
        Problem::UnsupportedMediaType => "POSTによる検索は、application/x-www-form-urlencodedとして送信してください。",
        Problem::WrongHost => "このサーバーは、そのホスト名では利用できません。アドレスを確認してください。",
        Problem::KeywordRefused => {
            "検索内容に個人情報が含まれている可能性があります。個人情報はパートナーに送信されません。取り除いてから、も\
             う一度検索してください。"
        }
        Problem::TooManyRequests => {
            "このネットワークからのリクエストが多すぎます。少し待ってから、もう一度お試しください。"
        }
        Problem::HeadersTooLarge => {
            "リクエストのヘッダーが大きすぎます。このサイトのCookieを削除して、もう一度お試しください。"
        }
        Problem::Internal => "このサービスで問題が発生しました。もう一度お試しください。",
        Problem::PartnerFailed => {
            "検索パートナーから、利用できる応答が返ってきませんでした。少し待ってから、もう一度お試しください。"
        }
        Problem::PartnerUnavailable => {
            "現在、利用できる検索パートナーがありません。少し待ってから、もう一度お試しください。"
        }
        Problem::Overloaded => "このサービスは混み合っています。少し待ってから、もう一度お試しください。",
        Problem::PrefetchRefused => "検索結果のリンクは先読みできません。",
        Problem::PartnerTimeout => "検索パートナーの応答に時間がかかりすぎました。もう一度お試しください。",
    }
}
