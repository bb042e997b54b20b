//! The texts about personal data in keywords, in Japanese.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "認識される種類、国と地域、認識に失敗する頻度",
    title: "検索に含まれる個人情報",
    policy: |policy| match policy {
        Policy::Redact => {
            "検索内容をパートナーに送信する前に、その中に個人情報がないか調べ、認識したものをプレースホルダー（代わり\
             の文字列）に置き換えます。パートナーが受け取るのはプレースホルダーだけです。"
        }
        Policy::Refuse => {
            "検索内容をパートナーに送信する前に、その中に個人情報がないか調べます。認識した場合は検索を拒否し、何も送信\
             しません。"
        }
        Policy::Off => {
            "このサービスは、個人情報を調べない設定になっています。検索内容は、個人情報が含まれていてもそのまま送信され\
             ます。このページには、認識できるものを示しています。"
        }
    },
    no_guarantee: "認識は保証されません。プログラムが認識するのは番号や言葉の形式であり、人ではありません。名前や、こ\
                   こに記載されていないものは、入力したとおりに送信されます。記載されているものも、一部は見落とされま\
                   す。誰にも知られてはならないことは、検索しないでください。",
    method: "個人情報は、その形式、チェックディジットまたは日付（ある場合）、あるいは隣にある言葉から認識します。数字\
             は、どの文字体系のものでも読み取ります。以下の国と地域、番号は、このサービスが使う表から読み込まれたもの\
             です。",
    kinds: "種類",
    placeholder: "置き換え後",
    comprises: "対象と認識の方法",
    kind: |kind| match kind {
        PiiKind::Email => "メールアドレス（記号を言葉で書いたものや空白を入れたものを含む）とMatrix ID：形式から",
        PiiKind::Card => "決済用カードの番号：発行者とチェックディジットから、またはカードを表す言葉の後にある場合",
        PiiKind::BankAccount => "IBAN：国または地域、長さ、チェックディジットから、またはIBANを表す言葉の後にある場合",
        PiiKind::Phone => {
            "電話番号：+または00と国番号が付いている場合、ある国や地域の形式になっている場合、または電話番号を表す言葉\
             の後にある場合"
        }
        PiiKind::NationalNumber => {
            "個人の番号（税、社会保険、健康保険、身分証明書、パスポート、運転免許証、IBANではない銀行口座、生年月日）：\
             形式とチェックディジットまたは日付から、またはその番号を表す言葉の後にある場合。ほかに、番地と郵便番号を伴\
             う通りの名前、機器の識別子を含むIPv6アドレス、それを表す言葉の後にあるすべてのIPアドレスとMACアドレス"
        }
        PiiKind::Link => "パスワード、鍵、メールアドレス、または長いランダムな部分を含むリンク",
        PiiKind::Secret => {
            "パスワードを表す言葉の後にあるパスワード、既知の形式の鍵とトークン、秘密鍵、ウォレットのシードフレーズ"
        }
    },
    countries: "国と地域",
    national_numbers: "次の国と地域の個人の番号は、形式とチェックディジットまたは日付から認識されます：",
    national_numbers_alone: "検索内容がその番号だけの場合に限り認識されます：",
    bank_accounts: |count| format!("{count}の国と地域のIBAN"),
    telephone_numbers: |count| format!("{count}の国と地域の電話番号"),
    after_a_word: "隣にある言葉から認識されるもの",
    after_a_word_about: "番号を表す言葉（その国や地域の言語によるもの）の後にある番号は、チェックディジットが正しくて\
                         も誤っていても置き換えられます。国や地域を問わない番号については、30を超える言語の言葉に対応\
                         しています。",
    number: "番号",
    issued_by: "国と地域",
    any_country: "すべて",
    number_name,
    kept: "置き換えられないもの",
    kept_about: "次のものを表す言葉の後にある番号：",
    kept_otherwise: "ほかに、年、日付、金額、サービス用電話番号、ハッシュ値、UUID、プライベートIPアドレス、それを表す\
                     言葉のないMACアドレス。",
    figures: "誤りの頻度",
    figures_about: "架空のデータによるテスト用の検索で測定しました。テスト用の検索は、すべて1人が作成したものです。実際\
                    の検索では、異なる数値になる可能性があります。重要なのは、認識の調整に一度も使われていない検索の数\
                    値です。「不正確」とは、一部だけ、または別の種類として置き換えられたことを意味します。",
    figure_columns: ["テスト用の検索", "誤って置き換え", "見落とし", "不正確に置き換え"],
    part: |part| match part {
        "held_out" => "調整に一度も使われていない検索",
        _ => "調整に使われた検索",
    },
    of: |count, all| format!("{all}件中{count}件"),
    country: |code| country_names::name(UiLanguage::Japanese, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "パスポート",
        "identity card" => "身分証明書",
        "driving licence" => "運転免許証",
        "tax number" => "納税者番号",
        "social insurance" => "社会保険",
        "health insurance" => "健康保険",
        "bank account" => "銀行口座",
        "payment card" => "決済用カード",
        "telephone number" => "電話番号",
        "date of birth" => "生年月日",
        "Internet address" => "IPアドレス",
        "hardware address" => "MACアドレス",
        "caller" => "発信者の番号",
        "NHS number" => "NHS番号",
        "CHI number" => "CHI番号",
        "National Insurance number" => "国民保険番号（National Insurance）",
        "Medicare number" => "Medicare番号",
        "NHI number" => "NHI番号",
        "PPS number" => "PPS番号",
        "ID number" => "ID番号",
        "voter's number" => "有権者番号",
        "personal code" => "個人識別番号",
        "insurance number" => "保険番号",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        "address" => "郵便番号と住所",
        "part and article number" => "部品と商品",
        "order and case number" => "注文と案件",
        "freight" => "貨物と荷物",
        "medicine" => "医薬品",
        "trade number" => "流通コード（EAN、ISBN）",
        "company number" => "企業",
        "sizes, places and bits" => "大きさ、場所、ビット",
        "makers of vehicles, parts, tools, watches and appliances" => "車両、部品、工具、時計、家電のメーカー",
        "product words" => "製品",
        other => other,
    }
}
