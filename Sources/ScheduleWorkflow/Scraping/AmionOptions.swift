import Amion
import Foundation
import ScheduleModel

/// `settings.amion` of a hospital, read and checked (domain 5 and 7).
///
/// The settings are stored as texts. A value that no adapter knows fails the scrape with the setting's name, before
/// anything is asked.
struct AmionOptions: Sendable, Hashable {
    /// Which of the two forms of Amion is read (domain 5.1).
    enum Adapter: String, Sendable, CaseIterable { case html, csv }

    /// Where Amion is unless a hospital says otherwise.
    static let defaultBaseURL = "https://www.amion.com"

    /// The form that is read.
    let adapter: Adapter
    /// The server's base URL.
    let baseURL: String
    /// The name of a credential entry: the run's own, else the hospital's; never the code itself.
    let credentialName: String?
    /// How a report is asked for.
    let reportRequest: ReportRequest
    /// How a report is meant.
    let reportOptions: CSVReportOptions
    /// How young a fetched month must be to be left alone; never below ``ageFloor``.
    let minAge: Duration
    /// How young it must be to be left alone although all is asked for: Amion's five minutes (domain 5.3, 5.8).
    let ageFloor: Duration

    /// Reads settings.
    ///
    /// - Parameters:
    ///   - settings: The hospital's; `nil` is all defaults.
    ///   - credentialName: The run's own credential entry.
    ///   - ageFloor: The worker's floor; shorter than five minutes only against a stand-in.
    /// - Throws: ``PhaseFailure`` INVALID_VALUE, not retriable, which names the setting and its choices.
    init(_ settings: AmionSettings?, credentialName: String? = nil, ageFloor: Duration = FleetPermits.pageFloor) throws
    {
        self.ageFloor = ageFloor
        adapter = try Self.choice(settings?.adapter, "adapter") ?? .html
        reportRequest = ReportRequest(
            style: try Self.choice(settings?.requestStyle, "request_style") ?? .monthYear,
            yearMode: try Self.choice(settings?.yearMode, "year_mode") ?? .calendar)
        reportOptions = CSVReportOptions(
            afterMidnightDate: try Self.choice(settings?.afterMidnightDate, "after_midnight_date") ?? .calendar,
            assignmentTypes: settings?.assignmentTypes ?? [])
        baseURL = settings?.baseURL ?? Self.defaultBaseURL
        guard let url = URL(string: baseURL), url.host() != nil, url.user() == nil, url.query() == nil else {
            throw Self.wrong("base_url", "a base URL such as \(Self.defaultBaseURL), without a user name and a query")
        }
        self.credentialName = credentialName ?? settings?.credentialRef
        guard !reportOptions.assignmentTypes.contains(where: \.isEmpty) else {
            throw Self.wrong("assignment_types", "a list of letters such as o, none of them empty")
        }
        guard (0...Self.longestAgeSeconds).contains(settings?.minAgeSeconds ?? 0) else {
            throw Self.wrong("min_age_s", "a number of seconds from 0 to \(Self.longestAgeSeconds)")
        }
        minAge = max(ageFloor, .seconds(settings?.minAgeSeconds ?? 0))
    }

    /// A day: a month that is asked for more seldom would miss what a daily sync is for.
    private static let longestAgeSeconds = 86_400

    /// How the adapter is called in the table of checkpoints: each has its own.
    var sourceName: String { "AMION-\(adapter.rawValue)" }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String?, _ key: String
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw wrong(key, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    private static func wrong(_ key: String, _ expected: String) -> PhaseFailure {
        PhaseFailure(
            "INVALID_VALUE", "the hospital's setting amion.\(key) is not \(expected). correct the setting",
            isRetriable: false)
    }
}
