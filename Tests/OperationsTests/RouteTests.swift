import Testing

@testable import Operations

struct RouteTests {
    @Test(arguments: [
        ("52998224725", "52998224725"), ("a%2Fb", "a/b"), ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%A9", "é"),
        ("é", "é"), ("%F0%9F%A6%8A", "🦊"), ("%25", "%"), ("a%2fb", "a/b"), ("%00", "\0"), ("..", ".."),
        ("%7Bvalue%7D", "{value}"),
    ])
    func aParameterIsDecoded(raw: String, parameter: String) {
        let match = RouteMatch(pattern: "/values/{value}", path: "/values/\(raw)")
        #expect(match == .yes(parameters: [parameter]))
    }

    @Test(arguments: ["%", "%2", "%zz", "a%", "%FF", "%C3", "%C3%28", "%+1"])
    func whatIsNotPercentEncodedTextIsMalformed(raw: String) {
        #expect(RouteMatch(pattern: "/values/{value}", path: "/values/\(raw)") == .malformed)
    }

    @Test(arguments: [
        "/values", "/values/", "/Values/a", "values/a", "", "/%76alues/a", "/Values/a/b",
    ])
    func otherPathsLeadElsewhere(path: String) {
        #expect(RouteMatch(pattern: "/values/{value}", path: path) == .no)
    }

    @Test(arguments: ["/values/a/b", "/values//a", "/values/a/", "/values/a/b/c"])
    func aSlashThatIsNotEncodedIsASegmentTooMany(path: String) {
        #expect(RouteMatch(pattern: "/values/{value}", path: path) == .tooLong)
        #expect(RouteMatch(pattern: "/plain", path: "/plain" + path) == .no)
    }

    @Test(arguments: [("email/a", ["email", "a"]), ("a%2Fb/c%20d", ["a/b", "c d"]), ("%25/%25", ["%", "%"])])
    func severalParametersComeInOrder(raw: String, parameters: [String]) {
        #expect(RouteMatch(pattern: "/keys/{attribute}/{value}", path: "/keys/\(raw)") == .yes(parameters: parameters))
    }

    @Test func eachOfSeveralParametersIsLookedAt() {
        func match(_ path: String) -> RouteMatch { RouteMatch(pattern: "/keys/{attribute}/{value}", path: path) }
        for path in ["/keys", "/keys/a", "/keys//a", "/keys/a/", "/keys//"] { #expect(match(path) == .no, "\(path)") }
        for path in ["/keys/%/a", "/keys/a/%FF", "/keys/%/%"] { #expect(match(path) == .malformed, "\(path)") }
        for path in ["/keys/a/b/c", "/keys/a/b/", "/keys/%/b/c"] { #expect(match(path) == .tooLong, "\(path)") }
    }

    @Test func theParameterMayStandInTheMiddle() {
        #expect(RouteMatch(pattern: "/a/{x}/b", path: "/a/1/b") == .yes(parameters: ["1"]))
        #expect(RouteMatch(pattern: "/a/{x}/b", path: "/a/1/c") == .no)
        #expect(RouteMatch(pattern: "/plain", path: "/plain") == .yes(parameters: []))
    }
}
