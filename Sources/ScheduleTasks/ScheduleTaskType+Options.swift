package import TaskQueue

extension ScheduleTaskType {
    /// How a task of this type runs unless somebody says otherwise.
    ///
    /// - Parameters:
    ///   - taskID: The id; `nil` makes a new one.
    ///   - queue: The queue.
    ///   - months: How many months are scraped; `nil` counts as 24.
    /// - Returns: Options for the queue's client.
    package func options(taskID: String?, queue: String, months: Int?) -> EnqueueOptions {
        var options = EnqueueOptions()
        options.queue = queue
        options.taskID = taskID
        options.maxRetry = maxRetry
        options.timeout = timeout(months: months)
        options.retention = Self.retention
        return options
    }
}
