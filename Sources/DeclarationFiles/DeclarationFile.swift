internal import Foundation
public import Messages
internal import Yams

/// Reads declarations as operators write them: YAML, which JSON is too.
public enum DeclarationFile {
    /// What nobody's declaration is larger than, in bytes.
    private static let limit = 65_536

    /// - Throws: `DeclarationProblem` with the line where something is wrong.
    public static func read(path: String) throws(DeclarationProblem) -> Declaration {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw DeclarationProblem("can't read '\(path)': \(error.localizedDescription)")
        }
        guard data.count <= limit else { throw DeclarationProblem("'\(path)' has more than \(limit) bytes") }
        guard let text = String(data: data, encoding: .utf8) else {
            throw DeclarationProblem("'\(path)' is not UTF-8 text")
        }
        do { return try parse(text) } catch {
            throw DeclarationProblem("\(path)\(error.line.map { ", line \($0)" } ?? ""): \(error.detail)")
        }
    }

    /// - Throws: `DeclarationProblem` with the line where something is wrong.
    public static func parse(_ text: String) throws(DeclarationProblem) -> Declaration {
        let root: Node?
        do {
            // No anchors in a declaration: a few bytes of them can stand for gigabytes.
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw DeclarationProblem(Self.detail(of: error), line: Self.line(of: error))
        } catch { throw DeclarationProblem("\(error)") }
        guard let root else { throw DeclarationProblem("there is nothing in it", line: 1) }
        var budget = 1_000
        return try Declaration(try content(of: root, &budget), unknown: .refused)
    }

    private static func content(of node: Node, _ budget: inout Int) throws(DeclarationProblem) -> DeclaredContent {
        let line = node.mark?.line
        budget -= 1
        guard budget > 0 else { throw DeclarationProblem("there is too much in it for a declaration", line: line) }
        switch node {
        case .scalar(let scalar): return DeclaredContent(value(of: node, scalar.string), line: line)
        case .sequence(let items):
            var contents: [DeclaredContent] = []
            for item in items { contents.append(try content(of: item, &budget)) }
            return DeclaredContent(.list(contents), line: line)
        case .mapping(let pairs):
            var members: [DeclaredContent.Member] = []
            for (name, item) in pairs {
                guard case .scalar(let scalar) = name else {
                    throw DeclarationProblem("a member's name is no text", line: name.mark?.line)
                }
                members.append(
                    DeclaredContent.Member(
                        name: scalar.string, content: try content(of: item, &budget), line: name.mark?.line))
            }
            return DeclaredContent(.members(members), line: line)
        case .alias: throw DeclarationProblem("aliases are not taken", line: line)
        }
    }

    /// As YAML's core schema takes an unquoted scalar.
    private static func value(of node: Node, _ text: String) -> DeclaredContent.Value {
        switch node.tag.description {
        case Tag.Name.null.rawValue: .null
        case Tag.Name.bool.rawValue: node.bool.map { .boolean($0) } ?? .other(text)
        case Tag.Name.int.rawValue: node.int.map { .integer(Int64($0)) } ?? .other(text)
        case Tag.Name.str.rawValue: .text(text)
        default: .other(text)
        }
    }

    private static func line(of error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    private static func detail(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            "it is no YAML: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, _):
            "`\(duplicates.first.map { "\($0)" } ?? "")` is there twice"
        default: "it is no YAML: \(error)"
        }
    }
}
