import ScheduleModel

/// How a month is asked for (`settings.amion.request_style` and `year_mode`, domain 5.3).
package struct ReportRequest: Sendable, Hashable {
    /// How month and year stand in the query.
    package enum Style: String, Sendable, Hashable, CaseIterable {
        /// `Month=3-26`.
        case monthYear
        /// `Month=3&Year=2026`.
        case split
    }

    /// Which year ``Style/split`` names.
    package enum YearMode: String, Sendable, Hashable, CaseIterable {
        /// The calendar's.
        case calendar
        /// The one that begins in July: 2025 for March 2026.
        case scheduleYear
    }

    private static let firstMonthOfScheduleYear = 7

    /// How month and year stand in the query; one number cannot be taken for another year.
    package var style: Style
    /// Which year ``Style/split`` names.
    package var yearMode: YearMode

    /// Makes a request; the defaults are the domain's.
    package init(style: Style = .monthYear, yearMode: YearMode = .calendar) {
        self.style = style
        self.yearMode = yearMode
    }

    /// The URL of report 625c over a month and one day more, so that its last night is not lost.
    ///
    /// - Parameters:
    ///   - baseURL: Such as `https://www.amion.com`, without a trailing slash.
    ///   - accessCode: The credential; the URL that holds it is for the request only.
    ///   - month: The first day of the month.
    /// - Returns: The URL.
    func url(baseURL: String, accessCode: String, month: LocalDate) -> String {
        let days = month.lastOfMonth.components.day + 1
        return "\(baseURL)/cgi-bin/ocs?Lo=\(Self.encoded(accessCode))&Rpt=625c&\(monthQuery(month))&Day=1&Days=\(days)"
    }

    private func monthQuery(_ date: LocalDate) -> String {
        let (year, month, _) = date.components
        switch style {
        case .monthYear:
            let shortYear = year % 100
            return "Month=\(month)-\(shortYear < 10 ? "0" : "")\(shortYear)"
        case .split:
            let isOfYearBefore = yearMode == .scheduleYear && month < Self.firstMonthOfScheduleYear
            return "Month=\(month)&Year=\(isOfYearBefore ? year - 1 : year)"
        }
    }

    /// A query value with everything percent-encoded that is not unreserved (RFC 3986, section 2.3).
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isUnreserved = scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            guard !isUnreserved, !"-._~".utf8.contains(byte) else { return String(scalar) }
            let hex = String(byte, radix: 16, uppercase: true)
            return (hex.count == 1 ? "%0" : "%") + hex
        }.joined()
    }
}
