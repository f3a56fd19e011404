import Foundation
import Glibc

/// Decides how each request is answered, in the order they arrive.
actor StandinBehaviour {
    private let options: StandinOptions
    private let answers: StandinAnswers
    private let log: RequestLog
    private var requestCount = 0
    /// How often a fault with a count has happened.
    private var happened: [Fault: Int] = [:]
    /// How many requests of data are still answered with 429.
    private var storm = 0

    init(options: StandinOptions) throws {
        self.options = options
        answers = StandinAnswers(options)
        log = try RequestLog(path: options.log)
    }

    /// Answers a request and notes it.
    ///
    /// Ends the process when `--exit-after` says so.
    func answer(_ request: StandinRequest) -> WireAnswer {
        if request.path.hasPrefix("/standin/") { return control(request) }
        requestCount += 1
        if requestCount == options.stormAfter + 1 { storm += options.storm }
        let dies = options.exitAfter.map { requestCount > $0 } ?? false
        let answer = dies ? WireAnswer(status: 0, steps: [.close]) : data(request)
        let isConditional = request.headers["if-none-match"] != nil || request.headers["if-modified-since"] != nil
        log.note(
            RequestLog.Entry(
                number: requestCount, atMilliseconds: log.milliseconds, target: request.loggedTarget,
                status: answer.status, isConditional: isConditional))
        if dies { _exit(1) }
        return answer
    }

    /// What tests ask of the server itself; neither counted nor noted.
    private func control(_ request: StandinRequest) -> WireAnswer {
        switch (request.path, request.query["count"].flatMap { Int($0) }) {
        case ("/standin/requests", _):
            return WireAnswer(status: 200, fields: [("Content-Type", "application/x-ndjson")], body: log.text)
        case ("/standin/storm", let count?):
            storm = max(0, count)
            return WireAnswer(status: 200)
        default:
            return WireAnswer(status: 404)
        }
    }

    private func data(_ request: StandinRequest) -> WireAnswer {
        var generator = SeededGenerator(seed: options.seed, requestCount)
        let chance = Double.random(in: 0..<1, using: &generator)
        if chance < options.failRate { return WireAnswer(status: 503) }
        let isStorm = storm > 0
        if isStorm { storm -= 1 }
        if isStorm || chance < options.failRate + options.tooManyRate {
            return WireAnswer(status: 429, fields: [("Retry-After", "\(options.retryAfter)")])
        }
        guard request.method == "GET" else { return WireAnswer(status: 405) }
        switch fault(for: answers.month(of: request)) {
        case .wire(let fault)?: return WireAnswer(fault, in: answers.answer(request, fault: nil), to: request)
        case .page(let fault)?: return plain(answers.answer(request, fault: fault), to: request)
        case nil: return plain(answers.answer(request, fault: nil), to: request)
        }
    }

    /// The first fault that applies, counted.
    private func fault(for month: CivilMonth?) -> FaultKind? {
        for fault in options.fault where fault.month == nil || fault.month == month {
            if let count = fault.count {
                guard happened[fault, default: 0] < count else { continue }
                happened[fault, default: 0] += 1
            }
            return fault.kind
        }
        return nil
    }

    private func plain(_ answer: StandinAnswers.Answer, to request: StandinRequest) -> WireAnswer {
        guard answer.status == 200 else {
            return WireAnswer(
                status: answer.status, fields: [("Content-Type", answer.contentType)], body: answer.body)
        }
        let validators = Validators(of: answer.body, offering: options.validators)
        if validators.areFresh(for: request) { return WireAnswer(status: 304, fields: validators.fields) }
        let fields = [("Content-Type", answer.contentType)] + validators.fields
        guard options.slowBody else { return WireAnswer(status: 200, fields: fields, body: answer.body) }
        let head = WireAnswer.head(200, fields, length: answer.body.count)
        let pieceSize = max(1, (answer.body.count + 19) / 20)
        return WireAnswer(
            status: 200,
            steps: [.send(head), .trickle(answer.body, pieceSize: pieceSize, pause: .milliseconds(100))])
    }
}
