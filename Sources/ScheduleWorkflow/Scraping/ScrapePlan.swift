import Amion
import Foundation
import ScheduleModel
import ScheduleStore

/// Which months of a window are asked for, and how (domain 5.8 and 15 F1): a decision without I/O.
///
/// 1. A month that was never had, or whose last try failed, is asked for.
/// 2. A month that is wholly past and was fetched after its end cannot change: it is skipped.
/// 3. A month that was fetched less than the least age ago is skipped.
/// 4. Every other month is asked for, on condition that it changed when its validators are known.
///
/// A forced scrape asks for every month without a condition, except those younger than Amion's own floor.
struct ScrapePlan: Sendable, Hashable {
    /// The months to ask for, in order.
    private(set) var asked: [LocalDate] = []
    /// The validators of those that are asked for on condition that they changed.
    private(set) var known: [LocalDate: MonthValidators] = [:]
    /// Those that are asked for although their rows are stored: when the fleet fetched the page too lately, these hold.
    private(set) var replayable: Set<LocalDate> = []
    /// The months whose stored rows are taken, in order.
    private(set) var skipped: [LocalDate] = []

    /// Every month of the window once.
    var monthCount: Int { asked.count + skipped.count }

    /// Decides.
    ///
    /// - Parameters:
    ///   - months: First days of months.
    ///   - checkpoints: What is known of them.
    ///   - zone: The hospital's zone now; "past" and "after its end" are by its calendar.
    ///   - now: The moment of the scrape.
    ///   - minAge: Which fetched months are too young to be asked for again.
    ///   - ageFloor: Which are too young for a forced scrape.
    ///   - isForced: Whether what is stored does not count.
    init(
        months: [LocalDate], checkpoints: [LocalDate: MonthCheckpoint], zone: ScheduleZone, now: Date,
        minAge: Duration, ageFloor: Duration = FleetPermits.pageFloor, isForced: Bool = false
    ) {
        for month in Set(months).sorted() {
            guard let checkpoint = checkpoints[month], checkpoint.isComplete, let fetchedAt = checkpoint.fetchedAt
            else {
                asked.append(month)
                continue
            }
            let age = Duration.seconds(now.timeIntervalSince(fetchedAt))
            // A moment in the future is a clock that was turned: it says nothing of the age.
            let isYoung = age >= .zero && age < (isForced ? ageFloor : minAge)
            let isSettled =
                checkpoint.isFinal && month.lastOfMonth < zone.date(at: now)
                && month.lastOfMonth < zone.date(at: fetchedAt)
            if checkpoint.lastError == nil, isYoung || (isSettled && !isForced) {
                skipped.append(month)
                continue
            }
            asked.append(month)
            replayable.insert(month)
            let validators = MonthValidators(etag: checkpoint.etag, lastModified: checkpoint.lastModified)
            if !isForced, !validators.isEmpty { known[month] = validators }
        }
    }

    /// Asks for every month without a condition: for a run that knows nothing of what is stored.
    init(all months: [LocalDate]) {
        asked = Set(months).sorted()
    }
}
