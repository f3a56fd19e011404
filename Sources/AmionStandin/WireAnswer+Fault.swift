import Foundation

extension WireAnswer {
    /// An answer with something wrong about its bytes.
    ///
    /// - Parameters:
    ///   - fault: What is wrong.
    ///   - answer: What would be said without it.
    ///   - request: What it answers.
    init(_ fault: WireFault, in answer: StandinAnswers.Answer, to request: StandinRequest) {
        let fields = [("Content-Type", answer.contentType)]
        let body = answer.body
        let half = body.prefix(body.count / 2)
        let head = Self.head(answer.status, fields, length: body.count)
        switch fault {
        case .reset:
            self.init(status: 0, steps: [.reset])
        case .hang:
            self.init(status: 0, steps: [.hang])
        case .notHTTP:
            self.init(status: 0, steps: [.send(Data("this is no HTTP\r\n".utf8)), .close])
        case .halfThenReset:
            self.init(status: answer.status, steps: [.send(head + half), .reset])
        case .slowBytes:
            self.init(
                status: answer.status, steps: [.send(head), .trickle(body, pieceSize: 1, pause: .seconds(1))])
        case .lengthTooLong:
            let head = Self.head(answer.status, fields, length: 2 * body.count)
            self.init(status: answer.status, steps: [.send(head + body), .close])
        case .lengthTooShort:
            let head = Self.head(answer.status, fields, length: half.count)
            self.init(status: answer.status, steps: [.send(head + body), .close])
        case .redirects(let count):
            let hop = request.query["hop"].flatMap { Int($0) } ?? 0
            if hop < count {
                self.init(status: 302, fields: [("Location", request.target(settingHop: hop + 1))])
            } else {
                self.init(status: answer.status, fields: fields, body: body)
            }
        case .redirect(let url):
            self.init(status: 302, fields: [("Location", url)])
        case .gzipBomb:
            self.init(
                status: 200, fields: fields + [("Content-Encoding", "gzip")],
                body: GzipBomb.large)
        case .bodySize(let size):
            let filling = Data(repeating: UInt8(ascii: " "), count: max(0, size - body.count))
            self.init(status: answer.status, fields: fields, body: body + filling)
        case .status(let status):
            self.init(status: status, fields: fields)
        }
    }
}
