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
        try await MonthFetch(client: client, month: month, known: known)
            .answer("\(baseURL)/schedule/\(month.monthText)") { charset in
                MonthPageReader(month: month, vocabulary: vocabulary, httpCharset: charset)
            }
    }
}
