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
    private static let reportPath = "/cgi-bin/ocs"
    private static let pagePrefix = "/schedule/"

    private let roster: ShiftRoster
    private let encoding: PageEncoding
    /// What the header says.
    private let charset: String?
    /// What the page says.
    private let metaCharset: String?
    private let showsLogin: Bool
    private let missing: Set<CivilMonth>

    init(_ options: StandinOptions) {
        roster = ShiftRoster(seed: options.seed)
        encoding = options.encoding
        charset = options.declaredCharset.map { $0 == "none" ? nil : $0 } ?? options.encoding.charset
        metaCharset = options.metaCharset.map { $0 == "none" ? nil : $0 } ?? charset
        showsLogin = options.loginPage
        missing = Set(options.monthsMissing.compactMap { CivilMonth(path: $0[...]) })
    }

    /// Answers a GET.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - fault: What is wrong with the text.
    /// - Returns: A page, a report, or a page with status 404.
    func answer(_ request: StandinRequest, fault: PageFault?) -> Answer {
        let isReport = request.path == Self.reportPath
        guard isReport || request.path.hasPrefix(Self.pagePrefix) else { return notFound }
        if showsLogin || fault == .loginPage { return html(MonthPage.loginPage) }
        if isReport { return report { request.query[$0] } }
        guard let month = month(of: request), !missing.contains(month) else { return notFound }
        var page = html(
            MonthPage(roster: roster, charset: metaCharset, accents: encoding.accents, fault: fault).html(month))
        if fault == .undecodable { page = undecodable(page) }
        return page
    }

    /// The month that a request is about; `nil` when it names none.
    func month(of request: StandinRequest) -> CivilMonth? {
        if request.path == Self.reportPath { return month { request.query[$0] } }
        guard request.path.hasPrefix(Self.pagePrefix) else { return nil }
        return CivilMonth(path: request.path.dropFirst(Self.pagePrefix.count))
    }

    private func undecodable(_ page: Answer) -> Answer {
        var body = page.body
        let accents = Data(encoding.accents.utf8)
        if let range = body.range(of: accents) { body.replaceSubrange(range, with: [0xC3, 0x28, 0xFF, 0xFE]) }
        return Answer(status: page.status, contentType: "text/html; charset=utf-8", body: body)
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
