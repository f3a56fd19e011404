/// What the phases need to know of a hospital: loaded once a minute a worker, never changed.
package struct HospitalContext: Sendable {
    /// The tenant's id.
    package let id: Identifier<Hospital>
    /// The tenant's code, such as `NORTH`.
    package let code: String
    /// Its zone.
    package let zone: ScheduleZone
    /// Dates that count as weekend.
    package let holidays: Set<LocalDate>
    /// Its shift types.
    package let vocabulary: ShiftVocabulary
    /// Its settings.
    package let settings: HospitalSettings

    /// Makes a context.
    package init(
        id: Identifier<Hospital>, code: String, zone: ScheduleZone, holidays: Set<LocalDate> = [],
        vocabulary: ShiftVocabulary, settings: HospitalSettings = HospitalSettings()
    ) {
        self.id = id
        self.code = code
        self.zone = zone
        self.holidays = holidays
        self.vocabulary = vocabulary
        self.settings = settings
    }

    /// Whether a schedule date is a weekend: a Saturday, a Sunday or a holiday.
    package func isWeekend(_ date: LocalDate) -> Bool { date.isSaturdayOrSunday || holidays.contains(date) }

    /// The day type of a schedule date.
    package func dayType(of date: LocalDate) -> DayType { isWeekend(date) ? .weekend : .weekday }
}

/// `hospitals.settings` (domain 7): every key optional, unknown keys ignored.
package struct HospitalSettings: Sendable, Hashable, Codable {
    /// How politely to scrape.
    package var ratePolicy: RatePolicySettings?
    /// How to scrape.
    package var amion: AmionSettings?
    /// How to read layout A.
    package var layoutA: LayoutASettings?
    /// When coverage is acceptable.
    package var coverage: CoverageSettings?

    /// No settings: every default.
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case ratePolicy = "rate_policy"
        case amion
        case layoutA = "layout_a"
        case coverage
    }
}

/// `settings.rate_policy` (domain 5.6).
package struct RatePolicySettings: Sendable, Hashable, Codable {
    /// Requests in flight at most; default 5.
    package var lanes: Int?
    /// Milliseconds between starts; default 1,000.
    package var intervalMilliseconds: Int?
    /// `perLane` (default) or `global`.
    package var scope: String?

    private enum CodingKeys: String, CodingKey {
        case lanes, scope
        case intervalMilliseconds = "interval_ms"
    }
}

/// `settings.amion` (domain 5 and 7).
package struct AmionSettings: Sendable, Hashable, Codable {
    /// `html` (default) or `csv`.
    package var adapter: String?
    /// The server's base URL; default `https://www.amion.com`.
    package var baseURL: String?
    /// Name of a credential entry, never the code itself.
    package var credentialRef: String?
    /// How a report names its month: `monthYear` (default, `Month=3-26`) or `split` (`Month=3&Year=2026`).
    package var requestStyle: String?
    /// What `Year` means in a split request: `calendar` (default) or `scheduleYear`, which starts in July.
    package var yearMode: String?
    /// The date of a row that starts after midnight: `calendar` (default) or `evening`; pages of months say the evening.
    package var afterMidnightDate: String?
    /// Assignment types to keep, such as `o`; none keeps all.
    package var assignmentTypes: [String]?
    /// Scraped role texts that are ignored without a message.
    package var ignoredRoles: [String]?
    /// How young a fetched month may be so that it is not fetched again; default 300 s.
    package var minAgeSeconds: Int?

    private enum CodingKeys: String, CodingKey {
        case adapter
        case baseURL = "base_url"
        case credentialRef = "credential_ref"
        case requestStyle = "request_style"
        case yearMode = "year_mode"
        case afterMidnightDate = "after_midnight_date"
        case assignmentTypes = "assignment_types"
        case ignoredRoles = "ignored_roles"
        case minAgeSeconds = "min_age_s"
    }
}

/// `settings.layout_a` (domain 3.2).
package struct LayoutASettings: Sendable, Hashable, Codable {
    /// Study words to study types.
    package var studyMap: [String: String]?
    /// Specialty words to constraints.
    package var specialtyMap: [String: String]?
    /// Whether dates before today are refused; default no.
    package var rejectPast: Bool?

    private enum CodingKeys: String, CodingKey {
        case studyMap = "study_map"
        case specialtyMap = "specialty_map"
        case rejectPast = "reject_past"
    }
}

/// `settings.coverage` (domain 6.2).
package struct CoverageSettings: Sendable, Hashable, Codable {
    /// Overall percentage from which coverage is acceptable; default 80.00.
    package var threshold: Double?
}
