//! The texts of the page about the service in Japanese.

use crate::ui::i18n::about_texts::AboutTexts;

pub(super) const TEXTS: AboutTexts = AboutTexts {
    title: |name| format!("{name}について"),
    about: "検索内容を検索パートナーに送り、見つかったものを表示します。IPアドレス、Cookie、ブラウザの詳しい情報は送り\
            ません。誰が何を検索したかは記録しません。",
    partners: "検索結果と広告の提供元：",
    ads: "広告について",
    ads_labelled: "広告には「広告」と明記され、ほかのすべての検索結果より前に表示されます。広告のタイトルの上の行には、広告主の\
         サイトが示されます。",
    ads_chosen: "検索パートナーは、現在の検索内容、言語、ツールバーのコードをもとに広告を選びます。お客様が誰であるかや、以前\
         に何を検索したかをもとに選ぶことはできません。検索パートナーもこのサービスも、それを知らないからです。",
    ads_paid: "広告が開かれると、広告主が検索パートナーに料金を支払い、検索パートナーがその一部をこのサービスに支払います。開\
         かれた広告の数は集計しますが、誰が開いたかは集計しません。",
    ads_guidance: "表示の方法は、米国連邦取引委員会（FTC）の検索エンジン向けガイダンス（2013年）と、EUのデジタルサービス法第26条\
         に沿っています。",
    ads_of_partner: |partner| format!("広告に関する{partner}の説明"),
    add: "ブラウザに追加",
    add_about: [
        |name| {
            format!(
                "Firefox：このページでアドレスバーを右クリックし、「{name}を追加」を選びます。次に、「設定」の「検索」\
                 で{name}を選びます。"
            )
        },
        |name| {
            format!(
                "Chrome、Edge、Brave、Opera、Vivaldi：まず、ここで一度検索します。次に、「設定」の「検索エンジン」から\
                 検索エンジンの管理画面を開き、{name}を有効にします。"
            )
        },
        |name| format!("その他のブラウザ：{name}をホームページに設定するか、ブックマークに追加します。"),
    ],
    add_post: |name| {
        format!(
            "Firefoxでは「{name}」も追加できます。これを使うと、検索内容がページのアドレスに含まれないため、履歴にも残\
             りません。"
        )
    },
    keys: "キーボード",
    keys_about: "アクセスキー：FirefoxではAltとShift、ChromeとEdgeではAlt、MacではControlとOptionを押しながら、次のキー\
                 を押します。",
    key_targets: ["検索ボックス", "ページの本文", "トップページ"],
};
