import ChaosPlanning
import Foundation
import TestProcesses

/// Offsets that are changed while a service is stopped, and what a service asks for after that.
extension ChaosRun {
    /// - Returns: whether it could be begun: one piece of work for a service at a time.
    func change(_ fault: GroupFault) -> Bool {
        let service = fault.group.service
        guard !groupWork.contains(where: { $0.work.service == service }) else { return false }
        tampered.insert(service)
        let hand = hand
        let work = GroupWork(service, of: instances, pause: fault.milliseconds) { try hand.change(fault) }
        groupWork.append((work, fault))
        return true
    }

    func turnGroupWork() {
        for (index, (work, fault)) in groupWork.enumerated().reversed() where work.turn() {
            groupWork.remove(at: index)
            switch work.result {
            case .success(let text):
                log.note("\(work.service.rawValue): \(text)")
                if let fault { tally.note(fault.kind) }
            case .failure(let error):
                log.note("\(work.service.rawValue): \(error)")
                if let fault {
                    tally.reasons[fault.kind] = "\(error)"
                } else {
                    tally.find("what \(work.service.rawValue) asked for did not work: \(error)")
                }
            case nil: break
            }
        }
        for service in ServiceName.allCases { help(service) }
    }

    /// Runs what instances of a service asked for when they stopped with 70, once no instance of it runs.
    private func help(_ service: ServiceName) {
        guard !groupWork.contains(where: { $0.work.service == service }) else { return }
        let asking = instances.filter { $0.name.service == service && $0.remedy != nil }
        guard !asking.isEmpty else { return }
        var commands: [[String]] = []
        for instance in asking {
            for command in instance.remedy?.commands ?? [] where !commands.contains(command) {
                commands.append(command)
            }
            instance.remedy = nil
        }
        if !tampered.contains(service) {
            tally.find("\(service.rawValue) found its offsets changed, and nobody has changed them")
        }
        let (hand, folder) = (hand, folder)
        let work = GroupWork(service, of: instances) { [commands] in
            try hand.awaitEmpty(service.groups)
            for command in commands {
                let run = try Run.of(
                    Program.product("soleholder"), command + ["--bootstrap-servers", hand.bootstrapServers],
                    within: .seconds(60), in: folder)
                guard run.end == .exit(0) else { throw Failure("\(run)") }
            }
            return "ran \(commands.map { $0.joined(separator: " ") }.joined(separator: "; "))"
        }
        groupWork.append((work, nil))
    }
}
