//! The texts of the page about the service in Simplified Chinese.

use crate::ui::i18n::about_texts::AboutTexts;

pub(super) const TEXTS: AboutTexts = AboutTexts {
    title: |name| format!("关于 {name}"),
    about: "我们把您的搜索转发给搜索合作伙伴，但不附带您的 IP 地址、Cookie 和浏览器的详细信息，然后向您显示它找到的内\
            容。我们不记录谁搜索了什么。",
    partners: "结果和广告来自：",
    ads: "关于广告",
    ads_labelled: "广告都标有“广告”字样，并排在所有其他结果之前。广告标题上方的一行显示广告主的网站。",
    ads_chosen: "搜索合作伙伴根据您当前搜索的内容、语言以及您工具栏的代码来选择广告。它无法根据您是谁或您以前搜索过什么来选择\
         广告：这些信息，它和我们都不知道。",
    ads_paid: "有人打开广告时，广告主向搜索合作伙伴付费，合作伙伴再把其中一部分支付给我们。我们统计有多少广告被打开，\
         但不统计是谁打开的。",
    ads_guidance: "广告标识遵循美国联邦贸易委员会针对搜索引擎的指引（2013 年）和欧盟《数字服务法》第 26 条。",
    ads_of_partner: |partner| format!("{partner} 对其广告的说明"),
    add: "添加到浏览器",
    add_about: [
        |name| format!("Firefox：在本页面的地址栏上点击右键，选择“添加‘{name}’”。然后在设置的“搜索”中选择 {name}。"),
        |name| {
            format!(
                "Chrome、Edge、Brave、Opera 和 Vivaldi：先在这里搜索一次，然后依次打开“设置”“搜索引擎”“管理搜索引擎”，\
                 并启用 {name}。"
            )
        },
        |name| format!("其他浏览器：将 {name} 设为主页，或添加到书签。"),
    ],
    add_post: |name| {
        format!("Firefox 还提供“{name}”。使用它时，您的搜索不会出现在页面的地址中，因此也不会出现在历史记录中。")
    },
    keys: "键盘",
    keys_about: "快捷键：在 Firefox 中按 Alt、Shift 和相应的键，在 Chrome 和 Edge 中按 Alt 和相应的键，\
                 在 Mac 上按 Control、Option 和相应的键。",
    key_targets: ["搜索框", "页面正文", "首页"],
};
