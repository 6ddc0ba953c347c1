import Testing

@testable import Operations

struct RouteTests {
    @Test(arguments: [
        ("52998224725", "52998224725"), ("a%2Fb", "a/b"), ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%A9", "é"),
        ("é", "é"), ("%F0%9F%A6%8A", "🦊"), ("%25", "%"), ("a%2fb", "a/b"), ("%00", "\0"), ("..", ".."),
        ("%7Bdocument%7D", "{document}"),
    ])
    func aParameterIsDecoded(raw: String, parameter: String) {
        let match = RouteMatch(pattern: "/documents/{document}", path: "/documents/\(raw)")
        #expect(match == .yes(parameter: parameter))
    }

    @Test(arguments: ["%", "%2", "%zz", "a%", "%FF", "%C3", "%C3%28", "%+1"])
    func whatIsNotPercentEncodedTextIsMalformed(raw: String) {
        #expect(RouteMatch(pattern: "/documents/{document}", path: "/documents/\(raw)") == .malformed)
    }

    @Test(arguments: [
        "/documents", "/documents/", "/Documents/a", "documents/a", "", "/%64ocuments/a", "/Documents/a/b",
    ])
    func otherPathsLeadElsewhere(path: String) {
        #expect(RouteMatch(pattern: "/documents/{document}", path: path) == .no)
    }

    @Test(arguments: ["/documents/a/b", "/documents//a", "/documents/a/", "/documents/a/b/c"])
    func aSlashThatIsNotEncodedIsASegmentTooMany(path: String) {
        #expect(RouteMatch(pattern: "/documents/{document}", path: path) == .tooLong)
        #expect(RouteMatch(pattern: "/plain", path: "/plain" + path) == .no)
    }

    @Test func theParameterMayStandInTheMiddle() {
        #expect(RouteMatch(pattern: "/a/{x}/b", path: "/a/1/b") == .yes(parameter: "1"))
        #expect(RouteMatch(pattern: "/a/{x}/b", path: "/a/1/c") == .no)
        #expect(RouteMatch(pattern: "/plain", path: "/plain") == .yes(parameter: ""))
    }
}
