//! The clauses of the privacy statement in Simplified Chinese.

use crate::privacy::clause::Topic;
use crate::privacy::fact::StoreKind;
use crate::ui::i18n::chinese::format::duration;
use crate::ui::i18n::clause_texts::ClauseTexts;

pub(super) const TEXTS: ClauseTexts = ClauseTexts {
    heading: |topic| match topic {
        Topic::Summary => "简要说明",
        Topic::Operator => "谁运营本服务",
        Topic::Shared => "搜索合作伙伴会收到什么",
        Topic::Counted => "我们统计什么",
        Topic::Visits => "我们如何统计访问",
        Topic::Click => "您打开结果时",
        Topic::Device => "您的设备上会留下什么",
        Topic::Choices => "您的选择",
        Topic::Memory => "我们会记住多久",
        Topic::Residual => "仍有可能被看到的内容",
        Topic::Law => "主管机关、出售、机器和更改",
    },
    six_fields: "对于一次搜索，搜索合作伙伴最多收到六项信息，其中没有 IP 地址，没有 Cookie，也没有您浏览器的请求头。其\
                 余一切，我们一收到就会丢弃。",
    nothing_recorded: "我们只记下总数。搜索词、ID 和 IP 地址不会记录在任何地方；对于单个事件，除了某个总数增加一之外，\
                       不会记录任何其他内容。",
    no_keystrokes: "在您输入时，不会向我们发送任何内容。没有搜索建议。",
    no_visited_sites: "我们不收集您访问了哪些网站。如果某个结果的链接经过本服务，我们会统计它被打开过，但不统计它指向\
                       哪里。",
    no_scripts: "我们的页面不含脚本，也不从其他网站加载任何内容。",
    operator: |name, operator| match operator {
        Some(operator) => format!("{name} 由 {operator} 运营。"),
        None => format!("{name} 的运营者未在此提供名称。"),
    },
    contact: "您可以这样联系运营者：",
    no_contact: "运营者未在此提供联系地址。",
    website: "网站",
    every_partner: "每个合作伙伴还会看到本服务的 IP 地址以及搜索到达的时刻。请求的其余部分对所有人都相同。",
    fail_over: "如果某个合作伙伴发生故障，我们会改为请求另一个合作伙伴。后者收到相同的信息，但假名是专属于它的。前一个\
                合作伙伴也可能已经收到您的搜索。",
    languages: "可能发送给合作伙伴的语言：",
    keyword_itself: "您的搜索词可能会透露一些关于您的信息。除了我们识别出的个人信息之外，我们不对其作出判断。",
    countable_ids: "能够通过逐个枚举猜出的 ID 不会获得假名：短的 ID、纯数字的 ID、地址。",
    searches_and_clicks: "我们按小时、合作伙伴、代码和处理情况统计搜索，按小时、合作伙伴、代码、类型（是否为广告）\
                          和处理情况统计对结果的点击。发往按请求收费的合作伙伴的请求，还会按天、合作伙伴和代码统计。",
    exact_hours: "这些计数是精确的，即使某个小时内只有一次。如果有人能够读取这些计数，又知道在某个小时内只有您使用过某\
                  个代码，就会得知您进行过搜索或点击，但绝不会得知搜索的是什么。一天的访问计数也是如此。因此，\
                  代码是供许多人共用的。",
    small_count: |k| {
        format!(
            "我们按天和合作伙伴统计语言、浏览器系列和搜索词分组，每一类分开统计。其中某一项，只有当天至少有 {k} 个不同\
             的人（以网络和戳记能够区分的为准）属于该项，才会列出其名称，而且只在一个小时结束时列出。"
        )
    },
    keyword_groups: "会统计的搜索词分组，不含搜索词本身：",
    network_limits: "为了防止有人让他人无法使用本服务或伪造其计数，我们限制单个网络的使用量。为此，我们用一个秘密密钥，\
                     根据您 IP 地址的前一部分（IPv4 地址取 24 位，IPv6 地址取 56 位）计算出一个数值。\
                     它还用于在上述计数中区分不同的人，以及判断合作伙伴是对所有人都发生故障，\
                     还是只对某一个网络发生故障。",
    repeated_clicks: "为了让连续的两次点击只计一次，我们会记住一个数值，它由您所在网络的数值、您浏览器的 User-Agent 和\
                      该结果计算得出。",
    stamp: "我们统计有多少人使用本服务、有多少人再次来访，但不识别任何人的身份。您的浏览器或工具栏会存储一个戳记：您首\
            次访问的日期、最近一次访问的日期，以及一个随机数，它在您每个访问日之后都会更换。一个月后，首次访问的日期简\
            化为其所在的周，半年后简化为其所在的月。我们不保留戳记的副本。",
    stamp_rides: "戳记会随发往本服务的每个请求发送，因此也会随每次搜索发送：作为 Cookie，或由工具栏作为请求头发送。\
                  我们仅为此处所述的计数读取它。原则上，运营者能够修改程序，使其根据戳记把各次搜索关联起来，\
                  而您不会察觉。启用 Do Not Track 时没有戳记。",
    visit_totals: "我们按天和代码存储总数：有多少人来访、来访时距其上一次访问有多少天（0 至 30），\
                   以及某一天的新访客中有多少人在 1、7 和 30 天后再次来访。",
    id_counts: "发送 ID 且不存储戳记的工具栏，按天统计。",
    redirect: "我们让您跳转时不附带来源网址（Referrer），也不传递您的搜索词。",
    destination: "从那时起，目标网站会看到每个网站都会看到的信息：您的 IP 地址、您的浏览器透露的自身信息、时间，\
                  以及它自己的 Cookie。",
    ad_links: "广告的链接保持合作伙伴提供的原样，因为合作伙伴据此计费。因此，合作伙伴以及其链接经过的各方都可能看到关于\
               您的同样信息，并可能根据链接或时间判断出点击属于哪次搜索。我们无法阻止这一点。",
    address_history: "如果您在地址栏或我们的搜索框中搜索，您的搜索词会成为结果页面地址的一部分。\
                      您的浏览器会将该地址保存在历史记录中，并可能与您的其他设备共享历史记录。",
    posted_search: "以 POST 方式发送的搜索，其搜索词不会出现在地址中。为此，请在 Firefox 等浏览器中添加名称以“(POST)”\
                    结尾的搜索引擎。",
    uninstall: "如果您移除工具栏或删除本网站的数据，您的戳记就不存在了。我们不会得知此事，这里也不会留下任何关于您的信\
                息。",
    global_privacy_control: "如果您的浏览器启用了 Global Privacy Control，任何合作伙伴都不会收到假名，\
                             您的戳记也不含随机数：首次访问和最近一次访问的日期与您相同的所有人，戳记都相同。",
    do_not_track: "如果您的浏览器启用了 Do Not Track，同样没有任何合作伙伴会收到假名。您不会获得戳记，\
                   已有的戳记会被删除。",
    withdraw: "我们没有存储任何可供查询或删除的关于您的信息。此按钮会让您的浏览器删除本服务的 Cookie（如果有），\
               您的戳记也随之删除。",
    totals_kept: |months| {
        format!(
            "总数会一直存储，直到运营者将其删除；没有固定期限。{months} 个月后，按小时的总数变为按天的总数。存储时不与\
             任何人的姓名或 ID 相关联。"
        )
    },
    stamp_life: |months, days| {
        format!("您的浏览器会保留戳记，直到您连续 {days} 天没有来访为止，最长不超过 {months} 个月。")
    },
    stamp_mark: "某个戳记或 ID 已被计数这一情况，会记在内存中，直到当天（UTC）结束。",
    pseudonym_key: "假名不会被存储。生成假名的密钥每天（UTC）更换，只要本服务在运行，旧密钥便立即删除。",
    link_life: |works, remembered| {
        format!(
            "结果链接的有效时间为 {}。它被打开过这一情况最多在内存中记住 {}，以便只计一次。",
            duration(works),
            duration(remembered)
        )
    },
    network_life: |seconds| {
        format!(
            "您所在网络的数值最多在内存中保留 {}，或在您有连接处于打开状态期间一直保留。之后其密钥会被更换，用它计算出\
             的一切都会被清除。",
            duration(seconds)
        )
    },
    repeat_life: |seconds| format!("点击的数值最多在内存中保留 {}。", duration(seconds)),
    slice_memory: "在有足够多的人共有某种语言、浏览器系列或搜索词分组之前，网络和戳记的数值会保留在内存中：\
                   网络的数值最多一小时，戳记的数值直到当天结束。",
    image_life: |seconds| format!("结果中的图片会在内存中保留 {}，也供看到相同结果的其他人使用。", duration(seconds)),
    keyword_memory: "我们使用您的搜索词，直到您的搜索得到响应，并在释放内存时将其覆写。此后一段时间内仍可能留有搜索词\
                     的痕迹，例如在操作系统的缓冲区中。",
    network_observer: "运营您所在网络的人会看到您在使用本服务、何时使用以及传输了多少数据。如果本页面的地址以 http:// \
                       开头，他们还能读取您的搜索。",
    answer_sizes: |is_padded| {
        if is_padded {
            "响应会被填充为少数几种大小，使其大小很少透露搜索的内容。"
        } else {
            "响应的大小各不相同。观察网络的人可能据此猜出某次搜索。"
        }
    },
    operator_could: "运营者能够修改程序，或在程序运行时读取其内存。本声明无法在这方面保护您。",
    two_partners: "两个合作伙伴能够比对各自收到的内容。它们没有共同的假名，但可能认出某个罕见的搜索词及其时刻。",
    hidden_text: |figures| {
        format!(
            "恶意工具栏能够在您的搜索词中隐藏信息：每个字母的大小写可隐藏 1 比特；在其他字母表中有形似字母的拉丁字母\
             （52 个中的 {} 个），每个至少还可再隐藏 1 比特。最长的搜索词可容纳 {} 比特或更多。",
            figures.look_alikes, figures.longest
        )
    },
    hidden_choice: |partners| {
        let widths: Vec<String> = partners.iter().map(|(name, bits)| format!("{name} {bits}")).collect();
        format!(
            "通过选择语言、浏览器和代码，以及通过发送或不发送 ID，它最多能够为每次搜索附加以下数量的比特：{}。\
             如果某个合作伙伴事先知道一些 ID，在这些 ID 之间的选择还会附加更多比特。",
            widths.join("、")
        )
    },
    hidden_time: "它还能够通过搜索的时刻来传递信号。我们不会延迟搜索。",
    known_id: "知道某个工具栏的 ID 的合作伙伴，能够用该 ID 在这里搜索，从而得知它当天的假名。",
    legal_process: "如果主管机关命令我们交出数据，可交出的有总数、密钥和配置：关于过去的搜索，\
                    没有任何上文未说明的内容。我们可能会被命令从那时起记录更多内容。",
    sale: "如果本服务被出售，买方得到的也正是这些。更换运营者属于对本声明的更改。",
    store_place: |kind, k| match kind {
        StoreKind::File => "总数存储在运行本服务的机器上的一个文件中。".to_owned(),
        StoreKind::Postgresql => format!(
            "总数存储在一个 PostgreSQL 数据库中，该数据库可能在另一台机器上。它每次一并收到至少 {k} 个事件的总数，\
             或在一个小时结束时收到总数。"
        ),
    },
    shared_memory: "多台机器共享哪些链接已被打开、哪些戳记和 ID 已被计数：这些信息存放在一台服务器（可能是另一台机器）\
                    的内存中，形式是用秘密密钥计算出的数值。",
    changes: |days| format!("对本声明的更改会在首页上公告 {days} 天。以前的版本会被存储。"),
};
