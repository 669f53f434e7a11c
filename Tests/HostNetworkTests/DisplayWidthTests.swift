import HostNetwork
import Testing

@Suite("Display width")
struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("ens33", 5), ("网卡", 4), ("ｅ０", 4), ("：，", 4), ("“”", 2), ("한글", 4), ("\u{1112}\u{1161}\u{11ab}", 2), ("カナ", 4), ("ｶﾅ", 2),
        ("e\u{301}", 1), ("\u{301}", 0), ("a\u{200b}b", 2), ("\u{feff}a", 1), ("\t", 0), ("\u{1b}[31m", 4), ("é", 1), ("Ж", 1), ("𠀀", 2),
        ("😀", 2), ("👨‍👩‍👧", 2), ("👍🏽", 2), ("🇨🇳", 2), ("❤\u{fe0f}", 2), ("❤", 1), ("─│└", 3), ("✓", 1), ("…", 1),
    ])
    func `a text's width is what a terminal shows`(_ text: String, _ width: Int) {
        #expect(text.displayWidth == width)
    }
}
