package import HTTP
package import ScheduleModel

import struct Foundation.Date

/// Fetches HTML month pages: `GET {base}/schedule/YYYY-MM` (domain 5.2).
package struct HTMLScheduleSource: ScheduleSource {
    private let client: HTTPClient
    private let baseURL: String
    private let vocabulary: ShiftVocabulary

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - client: Whose policy says which hosts are allowed.
    ///   - baseURL: Such as `https://www.amion.com`; a trailing slash does not matter.
    ///   - vocabulary: The hospital's shift types.
    package init(client: HTTPClient, baseURL: String, vocabulary: ShiftVocabulary) {
        self.client = client
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.vocabulary = vocabulary
    }

    package func month(_ month: LocalDate, known: MonthValidators?) async throws -> MonthAnswer {
        let response: HTTPResponse
        do {
            response = try await client.get(
                HTTPRequest(url: "\(baseURL)/schedule/\(month.monthText)", headers: known?.conditions ?? []))
        } catch {
            guard error.code != .cancelled else { throw CancellationError() }
            throw MonthFailure(
                month: month, kind: .network, code: "EXTERNAL_SERVICE_ERROR", cause: "\(error.code): \(error.message)",
                isRetriable: error.isRetriable)
        }
        if response.status == 304, known != nil { return .unchanged }
        guard (200..<300).contains(response.status) else { throw Self.refusal(response, month: month) }
        var result = try MonthPage(month: month, vocabulary: vocabulary)
            .read(response.body, httpCharset: response.charset)
        result.validators = MonthValidators(
            etag: response.headers["ETag"], lastModified: response.headers["Last-Modified"])
        return .changed(result)
    }

    private static func refusal(_ response: HTTPResponse, month: LocalDate) -> MonthFailure {
        let status = response.status
        let isAuth = status == 401 || status == 403
        let isThrottled = status == 429 || status == 503
        return MonthFailure(
            month: month, kind: isAuth ? .auth : .http, code: isAuth ? "AUTH_FAILED" : "EXTERNAL_SERVICE_ERROR",
            cause: "the server answered \(status)", isRetriable: status == 429 || status >= 500,
            retryAfter: RetryAfter.span(response.headers, now: Date()),
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
