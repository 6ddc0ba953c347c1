internal import Auditing
internal import EventLog
internal import Messages
internal import ServiceCores

/// Somebody who asks instances of the projection, now and then, who has a key and what became of a customer; and holds
/// the answers against the logs. Whoever can't tell says so; whoever tells, tells what was true a moment ago.
final class Asking {
    private let deployment: Deployment
    private var dice: Dice
    /// How old an answer may be: as long as an instance may take itself for the owner, and some time to answer.
    private let slack: Int64

    init(_ deployment: Deployment, dice: Dice) {
        self.deployment = deployment
        self.dice = dice
        slack = deployment.answerTerm.microseconds + 1_000_000
    }

    func begin() {
        deployment.timeline.after(dice.between(20_000, 600_000)) { [weak self] in
            self?.ask()
            self?.begin()
        }
    }

    private func ask() {
        let checker = deployment.checker
        let now = deployment.timeline.now
        for group in [ConsumerGroup.projectionIndex, .projectionCustomers] {
            checker.answers.note(deployment.broker.committedOffsets(of: deployment.names.name(group)), at: now)
        }
        guard let process = dice.pick(deployment.answering), let question = checker.answers.question(&dice) else {
            return
        }
        let (key, topic): ([UInt8], Topic) =
            switch question {
            case .key(let attribute, let value):
                (UniqueKey(attribute: attribute, value: value).bytes, .uniqueClaims)
            case .customer(let id): (Array(id.utf8), .customerEvents)
            }
        let place = TopicPartition(
            topic: deployment.names.name(topic),
            partition: Murmur2.partition(of: key, count: deployment.options.partitionCount))
        guard let answer = try? question.answer(from: process.state(of: question.group)) else {
            return deployment.fail("\(process.slot.name) can't read what it is asked for")
        }
        guard answer.status != 503 else {
            checker.sightings.note(.answerWithheld)
            return
        }
        checker.sightings.note(.answerGiven)
        guard let value = value(of: answer, to: question),
            checker.answers.was(
                value, question, in: place, since: now - slack, isPutBack: checker.toleratesRepeats)
        else {
            let text = String(decoding: answer.json, as: UTF8.self)
            deployment.onViolation?(
                Violation(
                    .u7, "\(process.slot.name)#\(process.number) answers \(answer.status) \(text) to \(question)", []))
            return
        }
    }

    /// - Returns: nil for what is no answer; `.some(nil)` for nobody.
    private func value(of answer: QuestionAnswer, to question: Question) -> AnswerHistory.Value?? {
        if answer.status == 404 { return .some(nil) }
        guard answer.status == 200, let object = try? JSONObject(answer.json) else { return nil }
        switch question {
        case .key:
            return object.text("customerId").map {
                .holder(Array($0.utf8), isReserved: object.text("status") == "reserved")
            }
        case .customer: return object.integer("version").map { .version($0) }
        }
    }
}
