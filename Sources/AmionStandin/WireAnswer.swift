import Foundation

/// What goes over a connection in answer to one request, byte for byte.
struct WireAnswer: Sendable {
    /// One thing to do with the connection.
    enum Step: Sendable {
        case send(Data)
        /// Sends pieces of so many bytes with a pause before each.
        case trickle(Data, pieceSize: Int, pause: Duration)
        /// Leaves the connection open and silent until the client goes.
        case hang
        case close
        /// Ends the connection with a TCP reset, once the client has taken what was sent.
        case reset
    }

    /// For the log; 0 when there is none.
    let status: Int
    let steps: [Step]

    /// An answer as it should be, or with any other content length.
    ///
    /// - Parameters:
    ///   - status: The status code.
    ///   - fields: Header fields, without the length.
    ///   - body: The body.
    ///   - length: What Content-Length says; `nil` for the truth.
    init(status: Int, fields: [(String, String)] = [], body: Data = Data(), length: Int? = nil) {
        self.status = status
        steps = [.send(Self.head(status, fields, length: length ?? body.count) + body)]
    }

    init(status: Int, steps: [Step]) {
        self.status = status
        self.steps = steps
    }

    /// The bytes before a body.
    static func head(_ status: Int, _ fields: [(String, String)], length: Int) -> Data {
        var text = "HTTP/1.1 \(status) \(phrases[status] ?? "Status")\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        // RFC 9110, 8.6: the length of a 304 would be that of the document it leaves out.
        if status != 304 { text += "Content-Length: \(length)\r\n" }
        return Data((text + "\r\n").utf8)
    }

    private static let phrases = [
        200: "OK", 302: "Found", 304: "Not Modified", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
        429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
    ]
}
