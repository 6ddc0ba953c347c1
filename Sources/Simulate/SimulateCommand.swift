public import ArgumentParser
internal import Foundation
public import Processing
internal import Simulation

extension DeliveryGuarantee: ExpressibleByArgument {}

/// Whole deployments in virtual time, each decided by a number.
@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs whole deployments in virtual time, with everything going wrong that can, and checks them.",
        discussion: """
            Each seed decides one run: the deployment, what its clients do, and what fails. With --seed one run is made \
            and told; otherwise seeds are run one after the other, and the first that fails is run again, shortened \
            and told.

            Exit codes: 0 all is well; 1 a guarantee is broken; 2 a seed did not decide its run; 3 something that must \
            happen now and then never did, or the canary was not noticed; 64 usage.
            """)

    @Option(help: "Run this seed alone, and tell its options.")
    var seed: UInt64?

    @Option(help: "How many seeds to run.")
    var runs: Int?

    @Option(help: "Run seeds for so many seconds.")
    var seconds: Int?

    @Option(help: "The first of the seeds.")
    var first: UInt64 = 1

    @Option(help: "exactly-once or at-least-once, for all seeds. The seed decides if not given.")
    var guarantee: DeliveryGuarantee?

    @Option(help: "Threads, each with runs of its own. As many as there are processors if not given.")
    var jobs: Int?

    @Option(help: "Every so-manieth seed is run twice, and must end the same.")
    var twice: UInt64 = 50

    @Flag(help: "Tell all that happens in the run of --seed.")
    var trace = false

    @Flag(inversion: .prefixedNo, help: "Shorten what fails.")
    var shrink = true

    @Flag(help: "Go on after a seed has failed.")
    var keepGoing = false

    @Option(help: "Plant a bug, which must be found: see --plants.")
    var plant: String?

    @Flag(help: "List the bugs that can be planted.")
    var plants = false

    func validate() throws {
        if let plant, Plant.named(plant) == nil { throw ValidationError("there is no plant `\(plant)`; see --plants") }
        if let runs, runs < 1 { throw ValidationError("--runs must be at least 1") }
        if let seconds, seconds < 1 { throw ValidationError("--seconds must be at least 1") }
        if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs must be from 1 to 256") }
        if twice < 1 { throw ValidationError("--twice must be at least 1") }
        if seed != nil, runs != nil || seconds != nil {
            throw ValidationError("--seed runs one seed; leave --runs and --seconds out")
        }
    }

    func run() throws {
        if plants {
            for plant in Plant.all { print("\(plant.name): \(plant.text)") }
            return
        }
        let status = seed.map { single($0) } ?? campaign()
        if status != 0 { throw ExitCode(status) }
    }

    private var planted: Plant? { plant.flatMap { Plant.named($0) } }
    private var cores: CoreFactory { planted?.cores ?? .services }

    private func scenario(_ seed: UInt64) -> Scenario {
        var scenario = Scenario(seed: seed, guarantee: guarantee)
        planted?.prepare(&scenario)
        return scenario
    }

    // MARK: One seed

    private func single(_ seed: UInt64) -> Int32 {
        let scenario = scenario(seed)
        print(scenario.description)
        let result = Run.run(scenario, cores: cores, isTraced: trace)
        for line in result.trace { print(line) }
        let again = Run.run(scenario, cores: cores)
        print(
            "\(result.steps) steps, \(result.requests) requests, \(result.records) records,"
                + " \(result.time / 1_000_000) s of virtual time, fingerprint \(String(result.fingerprint, radix: 16))")
        print("seen: \(result.sightings)")
        if again.fingerprint != result.fingerprint {
            print("NOT DECIDED BY ITS SEED: the second run ended as \(String(again.fingerprint, radix: 16))")
            return 2
        }
        guard let violation = result.violation else {
            print("all guarantees hold")
            return 0
        }
        print("VIOLATION \(violation)")
        tell(scenario, violation)
        return 1
    }

    /// Tells a failing run, as short as it can be made.
    private func tell(_ scenario: Scenario, _ violation: Violation) {
        guard shrink else { return }
        var shrinker = Shrinker(scenario, violation: violation, cores: cores)
        shrinker.shrink()
        let short = shrinker.scenario
        let result = Run.run(short, cores: cores, isTraced: true)
        print("\nshortened to \(short.records.count) commands, \(short.replays.count) replays:")
        print(short.description)
        for fault in short.faults { print("fault: \(fault)") }
        print("")
        for line in result.trace { print(line) }
        if let violation = result.violation { print("\nVIOLATION \(violation)") }
    }

    // MARK: Many seeds

    private func campaign() -> Int32 {
        let total = runs ?? (seconds == nil ? 1_000 : Int.max)
        let workers = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        if plant == nil, !Campaign.canaryFails(seeds: first..<(first + 50)) {
            print("the canary was not noticed: the checkers do not work")
            return 3
        }
        let work = SharedCampaign(
            first: first, total: total, keepsGoing: keepGoing,
            until: seconds.map { Date().addingTimeInterval(Double($0)) },
            progress: Progress(total: runs))
        let group = DispatchGroup()
        for number in 0..<workers {
            let (guarantee, cores, twice, planted) = (guarantee, cores, twice, planted)
            group.enter()
            let thread = Thread {
                while let seed = work.next() {
                    let (result, isSame) = Campaign.run(
                        seed: seed, guarantee: guarantee, cores: cores, isMadeTwice: seed % twice == 0,
                        prepare: planted?.prepare ?? { _ in })
                    work.take(result, isSame)
                }
                group.leave()
            }
            thread.name = "simulation-\(number)"
            thread.stackSize = 16 << 20
            thread.start()
        }
        group.wait()
        return report(work.finish(), seconds: work.elapsed)
    }

    private func report(_ campaign: Campaign, seconds: Double) -> Int32 {
        let rate = Double(campaign.runs) / max(seconds, 0.001) * 60
        print(
            "\(campaign.runs) runs in \(Int(seconds.rounded())) s (\(Int(rate)) a minute): \(campaign.steps) steps,"
                + " \(campaign.requests) requests, \(campaign.records) records,"
                + " \(campaign.time / 3_600_000_000) hours of virtual time; \(campaign.twice) made twice")
        print("seen: \(campaign.sightings)")
        if let failure = campaign.failures.min(by: { $0.seed < $1.seed }), let violation = failure.violation {
            for result in campaign.failures.sorted(by: { $0.seed < $1.seed }).prefix(20) {
                print("seed \(result.seed): \(result.violation.map(\.description) ?? "")")
            }
            let extra = (guarantee.map { " GUARANTEE=\($0.rawValue)" } ?? "") + (plant.map { " PLANT=\($0)" } ?? "")
            print(
                "\(campaign.failures.count) runs failed. To see the first:\n\n    make simulate SEED=\(failure.seed)\(extra)\n"
            )
            tell(scenario(failure.seed), violation)
            return 1
        }
        if !campaign.undecided.isEmpty {
            print("NOT DECIDED BY THEIR SEEDS: \(campaign.undecided.sorted())")
            return 2
        }
        // A few seeds can't meet everything; a campaign must.
        let missing = campaign.missing
        if !missing.isEmpty {
            let names = missing.map(\.rawValue).joined(separator: ", ")
            print("never seen: \(names)")
            if campaign.runs >= 500, guarantee == nil { return 3 }
        }
        print("all guarantees hold")
        return 0
    }
}
