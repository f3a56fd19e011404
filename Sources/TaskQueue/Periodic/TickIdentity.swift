/// What names a tick's task, so that it is made once.
struct TickIdentity: Sendable, Hashable {
    /// The id of the task unless the entry's options have one.
    let taskID: String
    /// Under which name the task's queue remembers the tick.
    let scope: String

    /// Names a tick, Unix seconds.
    ///
    /// With a task id per tick all fleets count as one, and the id can be told by its look. Else each fleet has tasks of its
    /// own, with ids like any other's.
    init(_ entry: PeriodicTaskTable.Entry, tick: Int64, fleet: String?) {
        let name = "\(entry.id):\(tick)"
        guard !entry.hasTaskIDPerTick, let fleet else {
            (taskID, scope) = (name, entry.id)
            return
        }
        taskID = PeriodicEntryID.uuid(of: Array("\(fleet.utf8.count):\(fleet)\(name)".utf8))
        scope = "\(fleet):\(entry.id)"
    }
}
