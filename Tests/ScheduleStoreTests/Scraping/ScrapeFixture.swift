import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore

/// A store with a hospital, one STAGING version of March and April 2026, and what a test needs to scrape into it.
struct ScrapeFixture {
    let base: StoreFixture
    let store: ScheduleStore
    let hospital: Identifier<Hospital>
    let version: Identifier<ScheduleVersion>

    static let range = StoreFixture.range("2026-03-01", "2026-04-30")
    static let march = range.start
    static let april = march.firstOfMonth(addingMonths: 1)

    var pool: PostgresPool { base.pool }

    init(_ schema: PostgresSchema, settings: String = "{}") async throws {
        base = StoreFixture(schema)
        let pools = PostgresPools(
            schema.configuration, sizes: [.amion: 2, .interactive: 1], logger: PostgresSchema.silent)
        store = ScheduleStore(pools: pools, logger: PostgresSchema.silent)
        hospital = try await base.makeHospital("NORTH", settings: settings)
        version = try await Self.makeVersion(pool: base.pool, hospital: hospital, number: 1)
    }

    static func makeVersion(
        pool: PostgresPool, hospital: Identifier<Hospital>, number: Int, range: DateRange = range,
        status: String = "STAGING"
    ) async throws -> Identifier<ScheduleVersion> {
        let id = Identifier<ScheduleVersion>(UUID())
        let system = Identifier<User>.system.uuid
        _ = try await pool.query(
            """
            INSERT INTO schedule_versions (id, hospital_id, version_no, status, effective_start_date, effective_end_date,
                data_revision, created_by, updated_by)
            VALUES (\(id.uuid), \(hospital.uuid), \(number), \(status), \(date(range.start)), \(date(range.end)), 1,
                \(system), \(system))
            """, operation: "test")
        return id
    }

    /// Makes a slot; by default the evening 17:00 to midnight of a type, for one person.
    @discardableResult
    func makeSlot(
        _ day: String, _ type: String, from: Int = 17, to: Int = 24, desired: Int = 1, constraint: Specialty = .both,
        key: String = "", version: Identifier<ScheduleVersion>? = nil, hospital: Identifier<Hospital>? = nil
    ) async throws -> Identifier<ShiftInstance> {
        let id = Identifier<ShiftInstance>(UUID())
        let day = Self.day(day)
        let midnight = Double(day.dayNumber * 86_400)
        _ = try await pool.query(
            """
            INSERT INTO shift_instances (id, schedule_version_id, hospital_id, shift_type, schedule_date, start_time, end_time,
                start_day_offset, end_day_offset, starts_at, ends_at, study_type, specialty_constraint, desired_coverage,
                source_key, created_by)
            VALUES (\(id.uuid), \((version ?? self.version).uuid), \((hospital ?? self.hospital).uuid), \(type),
                \(Self.date(day)), make_time(\(from % 24)::int, 0, 0), make_time(\(to % 24)::int, 0, 0), \(from / 24),
                \(to / 24), \(Date(timeIntervalSince1970: midnight + Double(from * 3600))),
                \(Date(timeIntervalSince1970: midnight + Double(to * 3600))), 'GENERAL', \(constraint.rawValue), \(desired),
                \(key), \(Identifier<User>.system.uuid))
            """, operation: "test")
        return id
    }

    /// Makes a person who works for the hospital, unless another period or hospital is named.
    @discardableResult
    func makePerson(
        _ name: String, aliases: [String] = [], specialty: Specialty = .both, from: String = "0001-01-01",
        to: String? = nil, isActive: Bool = true, hospital: Identifier<Hospital>? = nil
    ) async throws -> Identifier<Person> {
        let id = Identifier<Person>(UUID())
        let keys = PersonEntry(name: name, email: "", specialty: specialty, aliases: aliases, hospitals: []).aliasKeys
        _ = try await pool.query(
            """
            WITH p AS (
                INSERT INTO persons (id, email, name, specialty, active, aliases, alias_keys)
                VALUES (\(id.uuid), \("\(id)@north.example"), \(name), \(specialty.rawValue), \(isActive), \(aliases), \(keys))
                RETURNING id
            )
            INSERT INTO person_hospitals (person_id, hospital_id, active_from, active_to)
            SELECT p.id, \((hospital ?? self.hospital).uuid), \(Self.date(Self.day(from))), \(to.map { Self.date(Self.day($0)) })
            FROM p
            """, operation: "test")
        return id
    }

    /// Makes `Person 0`, `Person 1` and so on.
    func makePeople(_ count: Int) async throws {
        _ = try await pool.query(
            """
            WITH p AS (
                INSERT INTO persons (email, name, specialty, alias_keys)
                SELECT n || '@north.example', 'Person ' || n, 'BOTH', ARRAY['person ' || n]
                FROM generate_series(0, \(count - 1)) AS n
                RETURNING id
            )
            INSERT INTO person_hospitals (person_id, hospital_id) SELECT id, \(hospital.uuid) FROM p
            """, operation: "test")
    }

    /// Assigns somebody by hand.
    func assign(_ person: Identifier<Person>, _ slot: Identifier<ShiftInstance>, source: String) async throws {
        _ = try await pool.query(
            """
            INSERT INTO assignments (person_id, shift_instance_id, schedule_date, source, created_by)
            SELECT \(person.uuid), i.id, i.schedule_date, \(source), \(Identifier<User>.system.uuid)
            FROM shift_instances i WHERE i.id = \(slot.uuid)
            """, operation: "test")
    }

    static func row(
        _ day: String, _ role: String, _ name: String, from: Int = 17, to: Int = 24, staffID: String? = nil,
        line: Int = 2
    ) -> ScrapedAssignment {
        guard let window = ShiftWindow(startSeconds: from * 3600, endSeconds: to * 3600) else {
            preconditionFailure("a test names a block that ends before it starts")
        }
        return ScrapedAssignment(
            sourceRow: line, date: Self.day(day), role: role, window: window, location: nil, name: name,
            staffID: staffID)
    }

    static func day(_ text: String) -> LocalDate {
        guard let day = LocalDate(text) else { preconditionFailure("a test names a date that does not exist") }
        return day
    }

    static func date(_ day: LocalDate) -> PostgresDate { PostgresDate(daysSince1970: day.dayNumber) }

    func request(
        _ task: String = "t1", version: Identifier<ScheduleVersion>? = nil, window: DateRange? = nil,
        monthsBack: Int? = nil, payload: String = StoreFixture.digest("1"), allowPartial: Bool = true,
        maxErrorRate: Double = 1
    ) -> ScrapeRequest {
        ScrapeRequest(
            task: StoreFixture.task(task, type: "amion:scrape", payload: payload), hospitalID: hospital,
            versionID: version ?? self.version, window: window, monthsBack: monthsBack,
            ratePolicy: "perLane:5:1000ms", allowPartial: allowPartial, maxErrorRate: maxErrorRate)
    }

    /// Begins a scrape that nobody finished before.
    func begin(_ request: ScrapeRequest) async throws -> ScrapeRun {
        switch try await store.beginScrape(request) {
        case .begun(let run): return run
        case .alreadyDone: throw NotBegun()
        }
    }

    /// Finishes a scrape with the rows of March, unless other months are named.
    func finish(
        _ request: ScrapeRequest, _ run: ScrapeRun, months: [LocalDate] = [march], rows: [ScrapedAssignment],
        failed: [FailedMonth] = [], messages: [ValidationMessage] = []
    ) async throws -> ScrapeReceipt {
        let context = try await store.hospital(id: hospital)
        return try await store.finishScrape(
            request, run: run, context: context,
            months: months.map { month in
                ScrapedMonth(month: month, rows: rows.filter { $0.date.firstOfMonth == month }, etag: "\"\(month)\"")
            },
            failed: failed, rowMessages: messages, result: { Array(#"{"created": \#($0.created)}"#.utf8) })
    }

    /// Scrapes from begin to end.
    func scrape(
        _ rows: [ScrapedAssignment], task: String = "t1", months: [LocalDate] = [march], failed: [FailedMonth] = [],
        messages: [ValidationMessage] = [], window: DateRange? = nil
    ) async throws -> ScrapeStored {
        let request = request(task, window: window)
        let run = try await begin(request)
        let receipt = try await finish(request, run, months: months, rows: rows, failed: failed, messages: messages)
        guard case .stored(let stored) = receipt else { throw NotBegun() }
        return stored
    }

    struct NotBegun: Error {}

    /// Live assignments as `date type name source`, sorted.
    func assignments() async throws -> [String] {
        let rows = try await pool.query(
            """
            SELECT a.schedule_date || ' ' || i.shift_type || ' ' || p.name || ' ' || a.source AS line FROM assignments a
            JOIN shift_instances i ON i.id = a.shift_instance_id JOIN persons p ON p.id = a.person_id
            WHERE a.deleted_at IS NULL ORDER BY 1
            """, operation: "test")
        return try rows.map { try $0.decode(String.self, "line") }
    }

    /// The codes of a report, each once, sorted.
    static func codes(_ stored: ScrapeStored) -> [String] { Set(stored.messages.map(\.code.rawValue)).sorted() }
}

extension ScrapeStored {
    /// The messages without MISSING_MIDC, which nearly every scrape of a few rows has.
    var otherMessages: [ValidationMessage] { messages.filter { $0.code != "MISSING_MIDC" } }
}
