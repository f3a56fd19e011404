package import HTTP
package import ScheduleModel

/// Fetches months as report 625c: `GET {base}/cgi-bin/ocs?…` (domain 5.3).
package struct CSVScheduleSource: ScheduleSource {
    private let client: HTTPClient
    private let baseURL: String
    private let accessCode: @Sendable () throws(CredentialError) -> Secret
    private let vocabulary: ShiftVocabulary
    private let request: ReportRequest
    private let options: CSVReportOptions

    /// Makes a source.
    ///
    /// - Parameters:
    ///   - client: Whose policy says which hosts are allowed, and that they are asked by https.
    ///   - baseURL: Such as `https://www.amion.com`; a trailing slash does not matter.
    ///   - vocabulary: The hospital's shift types.
    ///   - request: How a month is asked for.
    ///   - options: How the answers are meant.
    ///   - accessCode: Looks the credential up, once for each request; it goes into the request's URL and nowhere else.
    package init(
        client: HTTPClient, baseURL: String, vocabulary: ShiftVocabulary, request: ReportRequest = ReportRequest(),
        options: CSVReportOptions = CSVReportOptions(),
        accessCode: @escaping @Sendable () throws(CredentialError) -> Secret
    ) {
        self.client = client
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.vocabulary = vocabulary
        self.request = request
        self.options = options
        self.accessCode = accessCode
    }

    package func month(_ month: LocalDate, known: MonthValidators?) async throws -> MonthAnswer {
        let code = try code(for: month)
        let url = request.url(baseURL: baseURL, accessCode: code.revealed, month: month)
        let fetch = MonthFetch(client: client, month: month, known: known)
        return try await fetch.answer(url, secrets: [code]) { charset in
            CSVReportReader(month: month, vocabulary: vocabulary, options: options, httpCharset: charset)
        }
    }

    private func code(for month: LocalDate) throws(MonthFailure) -> Secret {
        do { return try accessCode() } catch {
            throw MonthFailure(month: month, kind: .auth, code: "AUTH_FAILED", cause: error.message)
        }
    }
}
