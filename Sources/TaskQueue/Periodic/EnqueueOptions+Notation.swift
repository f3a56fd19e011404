extension EnqueueOptions {
    /// The options in asynq's notation, `Name(argument)`, as a scheduler's entry shows them (asynq-wire 2.5).
    ///
    /// What has its default is left out. None is ever without a parenthesis: such a one would crash Go's tools. `UniqueKey`,
    /// `ArchiveRetention`, `RetryDelays`, `ExpiresAt`, `ExpiresIn` and `ReleasesUniqueOnArchive` are ours; Go's readers skip names
    /// that they do not know.
    ///
    /// - Parameter headers: The task's headers, which asynq counts among the options.
    /// - Returns: One text an option, always in the same order.
    package func notation(headers: [String: String] = [:]) -> [String] {
        let defaults = EnqueueOptions()
        var options: [String] = []
        if queue != defaults.queue { options.append("Queue(\(GoText.quoted(queue)))") }
        if maxRetry != defaults.maxRetry { options.append("MaxRetry(\(max(0, maxRetry)))") }
        if let taskID { options.append("TaskID(\(GoText.quoted(taskID)))") }
        if let timeout { options.append("Timeout(\(GoDuration.text(timeout)))") }
        if let deadline { options.append("Deadline(\(GoText.unixDate(deadline)))") }
        if let unique { options.append("Unique(\(GoDuration.text(unique)))") }
        if let uniqueKey { options.append("UniqueKey(\(GoText.quoted(uniqueKey)))") }
        if let processAt { options.append("ProcessAt(\(GoText.unixDate(processAt)))") }
        if let processIn { options.append("ProcessIn(\(GoDuration.text(processIn)))") }
        if retention != defaults.retention { options.append("Retention(\(GoDuration.text(retention)))") }
        if let archiveRetention { options.append("ArchiveRetention(\(GoDuration.text(archiveRetention)))") }
        if let retryDelays { options.append("RetryDelays(\(retryDelays.text))") }
        if let expiresAt { options.append("ExpiresAt(\(GoText.unixDate(expiresAt)))") }
        if let expiresIn { options.append("ExpiresIn(\(GoDuration.text(expiresIn)))") }
        if releasesUniqueOnArchive { options.append("ReleasesUniqueOnArchive(true)") }
        if let group { options.append("Group(\(GoText.quoted(group)))") }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            options.append("Header(\(GoText.json([name, value])))")
        }
        return options
    }
}
