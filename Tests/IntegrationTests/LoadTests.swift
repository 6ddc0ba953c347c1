import Foundation
import TestProcesses
import Testing

extension SharedDeployment {
    @Suite("The load generator") struct LoadTests {
        static let fields: Set = [
            "commands", "distinctDocuments", "confirmed", "compensated", "rejected", "unsettled", "deadLettered",
            "unusableRows", "durationSeconds", "settledPerSecond", "latencyMilliseconds",
        ]

        @Test("drives, reports by the contract, and the audit holds") func generated() async throws {
            try await Deployments.shared { deployment in
                let file = deployment.folder.appendingPathComponent(Unique.text("report") + ".json")
                let run = try deployment.load([
                    "--commands", "3000", "--duplicate-ratio", "0.1", "--resend-ratio", "0.1", "--report", file.path,
                ])
                #expect(run.end == .exit(0), "\(run)")
                let report = try #require(JSON(Array(try Data(contentsOf: file))))
                // Beside the contract's members, what the run should have come to.
                #expect(
                    report.names.symmetricDifference(Self.fields).isSubset(of: [
                        "strategies", "expected", "asExpected", "seed", "version", "strategy", "label", "ratePerSecond",
                        "resendRatio", "notWritten", "sentAgain", "cost", "details",
                    ]))
                #expect(report["asExpected"] == true)
                let strategy = try #require(report["strategies"]?["compensate"])
                #expect(report["strategies"]?.names == ["compensate"])
                #expect(strategy.names == Self.fields)
                for part in [report, strategy] {
                    #expect(part["commands"] == 3000)
                    #expect(part["distinctDocuments"] == 2700)
                    #expect(part["confirmed"] == 2700)
                    #expect(part["compensated"] == 300)
                    for none in ["rejected", "unsettled", "deadLettered", "unusableRows"] { #expect(part[none] == 0) }
                    #expect(part["durationSeconds"]?.number ?? 0 > 0)
                    #expect(part["settledPerSecond"]?.number ?? 0 > 0)
                    let latencies = try #require(part["latencyMilliseconds"])
                    #expect(latencies.names == ["outcome", "settled", "inconsistencyWindow"])
                    for kind in latencies.names {
                        let figures = try #require(latencies[kind])
                        #expect(figures.names == ["p50", "p90", "p99", "p999", "max"])
                        let order = ["p50", "p90", "p99", "p999", "max"].compactMap { figures[$0]?.number }
                        #expect(order.count == 5 && order == order.sorted(), "\(kind): \(order)")
                        // Less than nothing passed, or more than the whole run: neither can be.
                        #expect(order.first ?? -1 >= 0)
                        #expect(order.last ?? .infinity <= 1_000 * (part["durationSeconds"]?.number ?? 0) + 1_000)
                    }
                }

                let text = try deployment.soleholder(["audit", "--timeout", "300"], within: .seconds(420))
                #expect(text.end == .exit(0), "\(text)")
                #expect(text.output.contains("At rest; U1 to U7 and U9 hold."))
                let audit = try deployment.audit()
                #expect(audit.end == .exit(0), "\(audit)")
                let verdict = try #require(audit.json)
                #expect(verdict["holds"] == true && verdict["atRest"] == true && verdict["exitCode"] == 0)
                let rows = try #require(verdict["rows"]?.elements)
                #expect(rows.map { $0["invariant"]?.text } == ["U1", "U2", "U3", "U4", "U5", "U6", "U7", "U9"])
                #expect(rows.allSatisfy { $0["holds"] == true && $0["violationCount"] == 0 })
                #expect(rows.first?["examined"]?.number ?? 0 >= 2700)
            }
        }

        @Test(
            "drives each answer, with commands sent again; the audit holds", arguments: ["reserve", "derived", "mixed"])
        func answers(strategy: String) async throws {
            try await Deployments.shared { deployment in
                let file = deployment.folder.appendingPathComponent(Unique.text("report") + ".json")
                let run = try deployment.load([
                    "--commands", "1500", "--duplicate-ratio", "0.3", "--resend-ratio", "0.1", "--strategy", strategy,
                    "--report", file.path,
                ])
                #expect(run.end == .exit(0), "\(run)")
                let report = try #require(JSON(Array(try Data(contentsOf: file))))
                #expect(report["asExpected"] == true && report["confirmed"] == 1050, "\(run)")
                let parts = try #require(report["strategies"])
                #expect(parts.names == (strategy == "mixed" ? ["compensate", "reserve", "derived"] : [strategy]))
                for name in parts.names {
                    let part = try #require(parts[name])
                    #expect(part.names == Self.fields && part["unsettled"] == 0)
                    let window = try #require(part["latencyMilliseconds"]?["inconsistencyWindow"]?["max"]?.number)
                    // Only `compensate` lets a second customer in.
                    #expect((window == 0) == (name != "compensate"), "\(name): \(window)")
                    #expect((part["compensated"] == 0) == (name != "compensate"))
                }
                try deployment.expectCleanAudit()
            }
        }

        @Test("reads a CSV of real customers: marks, quotes, line ends, spellings") func csv() async throws {
            try await Deployments.shared { deployment in
                let tag = Unique.document().normalized
                let repeated = Unique.text("repeated")
                let lines = [
                    "\u{FEFF}customerId,note,document,name",
                    "\(Unique.text("c")),\"a, quoted\",529.982.\(tag),\"Ana \"\"A\"\" Silva\"",  // 2
                    ",x,529982\(tag),Bia",  // 3: a duplicate of 2, and an id is drawn
                    "\(repeated),\"two",  // 4 and 5: one row
                    "lines\",ä-\(tag),Zoë",
                    "\(repeated),x,Ä\(tag),again",  // 6: a repeated customer: rejected
                    "\(Unique.text("c")),x,,nobody",  // 7: empty document
                    "\(Unique.text("c")),x,-./,nobody",  // 8: nothing is left of it
                    "",
                    "\(Unique.text("c")),x",  // 10: fields are missing
                    "\(Unique.text("c")),x,\"never closed,x",  // 11
                    "\(Unique.text("c")),x,ａ\(tag),wide",  // 12: full width
                    "\(Unique.text("c")),x,A\(tag),narrow",  // 13: a duplicate of 12
                    "\(Unique.text("c")),x,\(String(repeating: "9", count: 65)),long",  // 14
                    "\(String(repeating: "c", count: 129)),x,B\(tag),long",  // 15
                    "\(Unique.text("c")),x,C\(tag),\(String(repeating: "n", count: 257))",  // 16
                ]
                let file = deployment.folder.appendingPathComponent("customers.csv")
                try Data(lines.joined(separator: "\r\n").utf8).write(to: file)
                try Self.expect(
                    deployment, file, [],
                    [
                        "commands": 6, "distinctDocuments": 3, "confirmed": 3, "compensated": 2, "rejected": 1,
                        "unsettled": 0, "deadLettered": 0, "unusableRows": 7,
                    ], unusable: [7, 8, 10, 11, 14, 15, 16], budget: 7)
            }
        }

        @Test("reads NDJSON of real customers, with members of other names") func ndjson() async throws {
            try await Deployments.shared { deployment in
                let tag = Unique.document().normalized
                let repeated = Unique.text("repeated")
                let lines = [
                    #"{"doc":"529.982.\#(tag)","who":"\#(repeated)","label":"Ana"}"#,  // 1
                    #"{"doc":"529 982 \#(tag)","label":"Bia","more":{"deep":[1,2]}}"#,  // 2
                    #"{"doc":"\u00e4-\#(tag)","who":"\#(repeated)"}"#,  // 3: rejected
                    "not JSON",  // 4
                    #"["an","array"]"#,  // 5
                    #"{"label":"no document"}"#,  // 6
                    #"{"doc":7}"#,  // 7
                    #"{"doc":""}"#,  // 8
                    "  ",
                    #"{"doc":"7\#(tag)","who":null,"label":null}"#,  // 10
                ]
                let file = deployment.folder.appendingPathComponent("customers.ndjson")
                try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
                try Self.expect(
                    deployment, file,
                    ["--column", "document=doc", "--customer-id-column", "who", "--name-column", "label"],
                    [
                        "commands": 4, "distinctDocuments": 3, "confirmed": 2, "compensated": 1, "rejected": 1,
                        "unsettled": 0, "deadLettered": 0, "unusableRows": 5,
                    ], unusable: [4, 5, 6, 7, 8], budget: 4)
            }
        }

        /// Drives a file, and compares the report's counts and the lines that are named as unusable.
        private static func expect(
            _ deployment: Deployment, _ file: URL, _ options: [String], _ counts: [String: JSON], unusable: [Int],
            budget: Int, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let reportFile = deployment.folder.appendingPathComponent(Unique.text("report") + ".json")
            let run = try deployment.load(
                ["--input", file.path, "--report", reportFile.path, "--max-unusable", String(budget)] + options)
            // What can be used is registered either way.
            let end = Child.End.exit(unusable.count > budget ? 1 : 0)
            #expect(run.end == end, "\(run)", sourceLocation: sourceLocation)
            let report = try #require(JSON(Array(try Data(contentsOf: reportFile))), sourceLocation: sourceLocation)
            for (name, count) in counts {
                #expect(report[name] == count, "\(name)\n\(run)", sourceLocation: sourceLocation)
            }
            #expect(report["asExpected"] == true, "\(run)", sourceLocation: sourceLocation)
            let named = run.errors.matches(of: /unusable row, line (\d+): ./).compactMap { Int($0.1) }
            #expect(named == unusable, "\(run)", sourceLocation: sourceLocation)
            // Documents are personal data: what is said of a row does not repeat them.
            try deployment.expectCleanAudit(sourceLocation: sourceLocation)
        }
    }
}

@Suite("Wrong use of the load generator ends with 2", Issues.counted) struct LoadUseTests {
    @Test(
        arguments: [
            ["--commands", "0"], ["--commands", "many"], ["--rate", "0"], ["--duplicate-ratio", "1"],
            ["--resend-ratio", "1.5"], ["--commands", "5", "--input", "x.csv"], ["--document-column", "x"],
            ["--strategy", "pray"], ["--cpu-of", "broker"], ["compare"], ["compare", "/nowhere/report.json"],
            ["--input", "/nowhere/customers.csv"], ["--no-such-flag"],
            ["--kafka-property", "acks=1", "--commands", "5"],
        ]) func use(arguments: [String]) async throws
    {
        try await onOwnThread {
            let folder = try Unique.folder("use")
            defer { try? FileManager.default.removeItem(at: folder) }
            // Nobody listens there: whatever is checked is checked before.
            let run = try Run.of(
                Program.product("load-generator"), ["--bootstrap-servers", "127.0.0.1:1"] + arguments,
                within: .seconds(30), in: folder)
            #expect(run.end == .exit(2), "\(run)")
            #expect(!run.errors.isEmpty)
        }
    }

    @Test(
        "files that can't be used",
        arguments: ["", "name\nAna\n", "\u{FEFF}", "document\n", "document,document\n1,2\n"])
    func files(content: String) async throws {
        // What a file must have stands in the declaration.
        try await Deployments.shared { deployment in
            let folder = try Unique.folder("use")
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appendingPathComponent("customers.csv")
            try Data(content.utf8).write(to: file)
            let run = try Run.of(
                Program.product("load-generator"), deployment.connection + ["--input", file.path],
                within: .seconds(30), in: folder)
            #expect(run.end == .exit(2), "\(run)")
        }
    }
}
