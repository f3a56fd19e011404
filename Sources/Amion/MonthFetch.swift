import Foundation
import HTTP
import ScheduleModel

/// What reads one month's answer while it arrives.
protocol MonthReading {
    /// Reads the next piece of the body.
    mutating func feed(_ bytes: [UInt8]) throws(MonthFailure)
    /// Ends the body.
    mutating func finish() throws(MonthFailure) -> MonthResult
}

extension CSVReportReader: MonthReading {}
extension MonthPageReader: MonthReading {}

/// Fetches one month's answer and reads it while it arrives; what both adapters do alike (domain 5.5).
struct MonthFetch {
    private let client: HTTPClient
    private let month: LocalDate
    private let known: MonthValidators?

    init(client: HTTPClient, month: LocalDate, known: MonthValidators?) {
        self.client = client
        self.month = month
        self.known = known
    }

    /// Asks for the month.
    ///
    /// - Parameters:
    ///   - url: What to ask; it may hold a credential and never comes out of here.
    ///   - secrets: What of the URL no error and no log line may show.
    ///   - reader: Makes the reader of the body, given the charset that HTTP names.
    /// - Returns: The month, or that it is unchanged.
    /// - Throws: ``MonthFailure``, or `CancellationError`.
    func answer<Reader: MonthReading>(
        _ url: String, secrets: [Secret] = [], reader: (String?) -> Reader
    ) async throws -> MonthAnswer {
        let request = HTTPRequest(url: url, headers: known?.conditions ?? [], secrets: secrets)
        do {
            return try await client.get(request) { head, body in
                if head.status == 304, known != nil { return .unchanged }
                guard (200..<300).contains(head.status) else { throw refusal(head) }
                var reader = reader(head.charset)
                for try await piece in body { try reader.feed(piece) }
                var result = try reader.finish()
                result.validators = MonthValidators(
                    etag: head.headers["ETag"], lastModified: head.headers["Last-Modified"])
                return .changed(result)
            }
        } catch let error as HTTPError {
            guard error.code != .cancelled else { throw CancellationError() }
            throw MonthFailure(
                month: month, kind: .network, code: "EXTERNAL_SERVICE_ERROR", cause: "\(error.code): \(error.message)",
                isRetriable: error.isRetriable)
        }
    }

    private func refusal(_ head: HTTPResponseHead) -> MonthFailure {
        let status = head.status
        let isAuth = status == 401 || status == 403
        let isThrottled = status == 429 || status == 503
        return MonthFailure(
            month: month, kind: isAuth ? .auth : .http, code: isAuth ? "AUTH_FAILED" : "EXTERNAL_SERVICE_ERROR",
            cause: "the server answered \(status)", isRetriable: status == 429 || status >= 500,
            retryAfter: RetryAfter.span(head.headers, now: Date()),
            isThrottled: isThrottled)
    }
}

extension MonthValidators {
    /// The header fields that make a request conditional (RFC 9110, section 13.1).
    fileprivate var conditions: [(String, String)] {
        [("If-None-Match", etag), ("If-Modified-Since", lastModified)].compactMap { name, value in
            value.map { (name, $0) }
        }
    }
}
