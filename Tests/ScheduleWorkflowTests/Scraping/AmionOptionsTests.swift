import Amion
import Foundation
import ScheduleModel
import Testing

@testable import ScheduleWorkflow

/// `settings.amion` (domain 5 and 7): what each setting means, and that a wrong one is named.
struct AmionOptionsTests {
    private func options(_ json: String, credentialName: String? = nil) throws -> AmionOptions {
        let settings = try JSONDecoder().decode(AmionSettings.self, from: Data(json.utf8))
        return try AmionOptions(settings, credentialName: credentialName)
    }

    @Test func `without settings all is as the domain says`() throws {
        let options = try AmionOptions(nil)
        #expect(options.adapter == .html)
        #expect(options.baseURL == "https://www.amion.com")
        #expect(options.credentialName == nil)
        #expect(options.reportRequest.style == .monthYear)
        #expect(options.reportRequest.yearMode == .calendar)
        #expect(options.reportOptions.assignmentTypes.isEmpty)
        #expect(options.minAge == .seconds(300))
        #expect(options.sourceName == "AMION-html")
    }

    @Test func `every setting is read`() throws {
        let options = try options(
            """
            {"adapter": "csv", "base_url": "https://amion.example/x", "credential_ref": "north", "request_style": "split",
            "year_mode": "scheduleYear", "after_midnight_date": "evening", "assignment_types": ["o", "c"],
            "min_age_s": 900}
            """)
        #expect(options.adapter == .csv)
        #expect(options.baseURL == "https://amion.example/x")
        #expect(options.credentialName == "north")
        #expect(options.reportRequest.style == .split)
        #expect(options.reportRequest.yearMode == .scheduleYear)
        #expect(options.reportOptions.afterMidnightDate == .evening)
        #expect(options.reportOptions.assignmentTypes == ["o", "c"])
        #expect(options.minAge == .seconds(900))
        #expect(options.sourceName == "AMION-csv")
    }

    @Test func `the run's own credential entry goes before the hospital's`() throws {
        #expect(try options(#"{"credential_ref": "north"}"#, credentialName: "south").credentialName == "south")
    }

    @Test func `a report's date after midnight is the calendar's`() throws {
        #expect(try options(#"{"adapter": "csv"}"#).reportOptions.afterMidnightDate == .calendar)
    }

    @Test func `the least age may be raised and never lowered`() throws {
        #expect(try options(#"{"min_age_s": 10}"#).minAge == .seconds(300))
        #expect(try options(#"{"min_age_s": 1800}"#).minAge == .seconds(1800))
    }

    @Test(arguments: [
        ("adapter", #""xml""#), ("request_style", #""weekly""#), ("year_mode", #""lunar""#),
        ("after_midnight_date", #""noon""#), ("base_url", #""amion""#), ("base_url", #""https://me:pw@amion.example""#),
        ("base_url", #""https://amion.example/?Lo=code""#), ("assignment_types", #"["o", ""]"#), ("min_age_s", "-1"),
        ("min_age_s", "86401"),
    ])
    func `a wrong value is refused for good with the setting's name and without the value`(key: String, value: String) {
        let failure = #expect(throws: PhaseFailure.self) { try options(#"{"\#(key)": \#(value)}"#) }
        #expect(failure?.code == "INVALID_VALUE")
        #expect(failure?.isRetriable == false)
        #expect(failure?.message.contains("amion.\(key)") == true)
        #expect(failure?.message.contains("pw") == false)
        #expect(failure?.message.contains("code") == false)
    }
}
