//! The names that columns have in statements, in the languages of partners.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::billing::import::fold_name;
use crate::billing::profile_proposal::currency::without_currency;

/// The names of one key's columns.
pub(super) struct KeyNames {
    /// The key of the profile.
    pub key: &'static str,
    /// The names that say it in one word, the most likely first, separated by spaces.
    pub usual: &'static str,
    /// Names that may mean something else, so that the proposal asks.
    pub unsure: &'static str,
}

/// Keys of a profile with the names of their columns, in the form of [`compact`].
pub(super) const KEYS: [KeyNames; 7] = [
    KeyNames {
        key: "date",
        usual: "date day datum tag fecha dia data giorno jour datestamp reporteddate reportdate statdate eventdate \
                dateutc timeperiod gregoriandate dimensiondate datehour datumstunde datetime dato dag paivamaara \
                dzien den дата день tarih gun 日付 日期 日 날짜 일자 month monat mois mes mese maand miesiac месяц ay 月 week \
                woche semaine semana settimana tydzien неделя weekstarting weekstart weekbeginning weekof weekcommencing kalenderwoche timestamp period periode zeitraum hour",
        unsure: "time zeit",
    },
    KeyNames {
        key: "hour",
        usual: "hour datahour stunde heure hora ora uur godzina час saat 時間 小时 시간 dimensionhour \
                hourofday hourrange timeslot",
        unsure: "time uhrzeit zeit",
    },
    KeyNames {
        key: "code",
        usual: "code tag typetag sourcetag partnercode channel customchannelid customchannelname customchannel kanal \
                canal canale kanaal kanał канал チャネル 渠道 채널 subid subid1 adunitname adunit anzeigenblock adunitid \
                dimensionadunitname clickref sharedid",
        unsure: "campaignname campaignid campaign kampagne campagne campana campanha campagna source quelle fuente \
                fonte site website domain domaine dominio feed feedid placement publisher widget property \
                propertyname publishername app источник",
    },
    KeyNames {
        key: "searches",
        usual: "searches search queries suchen suchanfragen recherches busquedas buscas pesquisas ricerche \
                zoekopdrachten wyszukiwania поиски 検索数 検索 搜索量 搜索 검색",
        unsure: "query biddedsearches monetizedsearches totalsearches adrequests requests anfragen requetes consultas \
                richieste zapytania запросы anzeigenanfragen pageviews seitenaufrufe paginasvistas pagesvues \
                visualizacoesdepagina impressions impresiones impressoes impressioni views visitors besucher visites \
                uniques показы columnadexchangetotalrequests",
    },
    KeyNames {
        key: "clicks",
        usual: "clicks click klicks klick clics clic cliques clique klikken kliks klik klikniecia клики tıklamalar \
                tiklamalar クリック数 クリック 点击次数 点击 點擊 클릭수 클릭 columnadexchangelineitemlevelclicks",
        unsure: "biddedclicks billableclicks billedclicks paidclicks adclicks validclicks monetizedclicks totalclicks \
                publisheradclicks advertiseradclicks adsenseadsclicks",
    },
    KeyNames {
        key: "revenue",
        usual: "revenue revenues earnings umsatz einnahmen erlos erlose verdienst ertrag revenus revenu gains \
                ingresos ganancias receita ganhos entrate ricavi guadagni inkomsten omzet opbrengst przychod \
                przychody zarobki intakter доход выручка заработок gelir kazanc 収益 収益額 収入 收入 收益 수익 수입 money",
        unsure: "estimatedearnings estearnings estimatedrevenue estimatedgrossrevenue estgrossrev estrevenue \
                geschatzteeinnahmen revenusestimes ingresosestimados ganhosestimados entratestimate netrevenue \
                grossrevenue publisherrevenue partnerrevenue totaladrevenue adsenserevenue adrevenue adearnings totalcomm \
                confirmedcomm commissionamount totalcommission publishercommission actioncost actionearnings saleamount totalpayout \
                payableamount netamount netearnings totalearnings totalrevenue amount betrag \
                montant importe valor importo payout income commission provision cost spend net gross \
                columnadexchangelineitemlevelrevenue",
    },
    KeyNames {
        key: "currency_column",
        usual: "currency currencycode wahrung waehrung devise moneda moeda valuta waluta валюта parabirimi 通貨 货币 币种 \
                통화",
        unsure: "",
    },
];

/// Names of columns that many statements are broken down by.
pub(super) const DIMENSIONS: &str = "country countrycode device devicetype market product platform region land pays pais paese kraj \
    страна 国 国家 gerat geraet appareil dispositivo apparaat geo browser os subid2 subid3 subid4";

/// Names of columns whose row covers a month, and a week.
pub(super) const MONTHS: &str = "month monat mois mes mese maand miesiac месяц 月";
pub(super) const WEEKS: &str = "week woche semaine semana settimana tydzien неделя kw weekstarting weekstart weekbeginning weekof \
    weekcommencing kalenderwoche wochenbeginn wochestart";

/// Whether a cell begins with a word for a sum.
pub(super) fn is_sum(cell: &str) -> bool {
    const SUM_BEGINNINGS: &str = "total totals subtotal sub-total grandtotal sum summe summen gesamt zwischensumme teilsumme insgesamt \
    soustotal sous-total totaux totale totaal totalt suma razem celkem toplam итого всего 合計 合计 합계";
    let folded = fold_name(cell);
    SUM_BEGINNINGS.split_whitespace().any(|word| {
        // `Total:` and `Total October` are sums; `Summer` is not.
        folded == fold_name(word)
            || cell
                .trim()
                .split(|c: char| !c.is_alphanumeric() && c != '-')
                .next()
                .is_some_and(|first| fold_name(first) == fold_name(word))
    })
}

/// Returns a name without what differs from one export to the next: case, accents, spaces, punctuation, and the currency.
pub(super) fn compact(name: &str) -> String {
    fold_name(&without_currency(name)).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What a name says of a key: its rank among the key's names, and whether it may mean something else.
type Ranks = HashMap<String, (usize, bool)>;

/// The names of each key, in the order of [`KEYS`].
static RANKS: LazyLock<[Ranks; KEYS.len()]> = LazyLock::new(|| {
    KEYS.each_ref().map(|key| {
        let usual = key.usual.split_whitespace().map(|name| (name, false));
        let names = usual.chain(key.unsure.split_whitespace().map(|name| (name, true))).enumerate();
        let mut ranks = Ranks::new();
        for (rank, (name, is_unsure)) in names {
            ranks.entry(compact(name)).or_insert((rank, is_unsure));
        }
        ranks
    })
});

/// Returns what a name in the form of [`compact`] says of a key: its rank among the key's names, and whether it may mean something
/// else. `None` if it is no name of the key.
pub(super) fn rank(key: &str, compact_name: &str) -> Option<(usize, bool)> {
    let index = KEYS.iter().position(|names| names.key == key)?;
    let ranks = RANKS.get(index)?;
    ranks.get(compact_name).or_else(|| ranks.get(without_unit(compact_name)?)).copied()
}

/// Ends of names that say in which unit the money is.
const UNITS: [&str; 6] = ["incents", "cents", "incent", "inmicros", "micros", "minorunits"];

/// A name without the unit of the money.
fn without_unit(compact_name: &str) -> Option<&str> {
    UNITS.iter().find_map(|unit| compact_name.strip_suffix(unit))
}

/// Whether a name in the form of [`compact`] is one of `names`, which are separated by spaces.
pub(super) fn is_one_of(compact_name: &str, names: &str) -> bool {
    names.split_whitespace().any(|name| compact(name) == compact_name)
}

/// The number of cells that are known names of columns.
pub(super) fn known_names<'c>(cells: impl Iterator<Item = &'c str>) -> usize {
    let is_known = |cell: &&str| {
        let name = compact(cell);
        !name.is_empty() && KEYS.iter().any(|key| rank(key.key, &name).is_some())
    };
    cells.filter(is_known).count()
}
