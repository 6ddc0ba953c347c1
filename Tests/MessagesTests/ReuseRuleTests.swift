import Messages
import Testing

@Suite struct ReuseRuleTests {
    @Test func itIsWrittenAsItIsRead() {
        for text in ["immediately", "never", "after=90s"] { #expect(ReuseRule(text)?.description == text) }
        #expect(ReuseRule("after=90d") == .after(.seconds(7_776_000)))
        for text in ["", "Never", "after", "after=", "after=0s", "after=-1d", "after=1w", "90d"] {
            #expect(ReuseRule(text) == nil, "\(text)")
        }
    }
}
