import Foundation

/// What the stand-in says to a request: a function of the options, the path and the query.
struct StandinAnswers: Sendable {
    /// An answer before it is HTTP.
    struct Answer: Sendable {
        var status = 200
        let contentType: String
        let body: Data
    }

    /// The longest report, in days.
    private static let maxDays = 366

    private let roster: ShiftRoster
    private let encoding: PageEncoding
    private let charset: String?
    private let showsLogin: Bool
    private let missing: Set<CivilMonth>

    init(_ options: StandinOptions) {
        roster = ShiftRoster(seed: options.seed)
        encoding = options.encoding
        charset = options.declaredCharset.map { $0 == "none" ? nil : $0 } ?? options.encoding.charset
        showsLogin = options.loginPage
        missing = Set(options.monthsMissing.compactMap { CivilMonth(path: $0[...]) })
    }

    /// Answers a GET.
    ///
    /// - Parameters:
    ///   - path: The path, such as `/schedule/2026-03`.
    ///   - query: The value of a query parameter, decoded; `nil` when it is absent.
    /// - Returns: A page, a report, or a page with status 404.
    func answer(path: String, query: (String) -> String?) -> Answer {
        if path == "/cgi-bin/ocs" { return showsLogin ? html(MonthPage.loginPage) : report(query) }
        let prefix = "/schedule/"
        guard path.hasPrefix(prefix) else { return notFound }
        if showsLogin { return html(MonthPage.loginPage) }
        guard let month = CivilMonth(path: path.dropFirst(prefix.count)), !missing.contains(month) else {
            return notFound
        }
        return html(MonthPage(roster: roster, charset: charset, accents: encoding.accents).html(month))
    }

    private var notFound: Answer {
        var answer = html("<!DOCTYPE html>\n<html><body><h1>Not found</h1></body></html>\n")
        answer.status = 404
        return answer
    }

    /// A wrong code, report or month brings `NOFI=No file` with status 200, as clients of the vendor report.
    private func report(_ query: (String) -> String?) -> Answer {
        let code = query("Lo") ?? query("Login") ?? ""
        guard !code.isEmpty, query("Rpt") == "625c", let month = month(query), !missing.contains(month),
            let day = number(query("Day"), default: 1), (1...month.dayCount).contains(day),
            let days = number(query("Days"), default: month.dayCount), (1...Self.maxDays).contains(days)
        else { return text("NOFI=No file\n") }
        return text(
            StaffReport(roster: roster, accents: encoding.accents).csv(
                firstDay: month.firstDay + day - 1, dayCount: days))
    }

    /// `Month=m-yy`, or `Month=m&Year=yyyy` with the calendar year.
    private func month(_ query: (String) -> String?) -> CivilMonth? {
        let parts = (query("Month") ?? "").split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 2, let month = Int(parts[0]), let year = Int(parts[1]), (0...99).contains(year) {
            return CivilMonth(year: 2000 + year, month: month)
        }
        guard parts.count == 1, let month = Int(parts[0]), let year = Int(query("Year") ?? "") else { return nil }
        return CivilMonth(year: year, month: month)
    }

    private func number(_ text: String?, default fallback: Int) -> Int? { text.map { Int($0) } ?? fallback }

    private func html(_ page: String) -> Answer { Answer(contentType: type("text/html"), body: encoding.bytes(page)) }

    private func text(_ report: String) -> Answer {
        Answer(contentType: type("text/plain"), body: encoding.bytes(report))
    }

    private func type(_ name: String) -> String { charset.map { "\(name); charset=\($0)" } ?? name }
}
