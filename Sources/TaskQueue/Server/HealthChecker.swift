/// Tells the program whether the store answers, if it wants to know: asynq's health check.
struct HealthChecker: Sendable {
    let broker: any Broker
    let control: ServerControl
    let report: (@Sendable ((any Error)?) async -> Void)?
    let interval: Duration
    let sleep: @Sendable (Duration) async throws -> Void

    /// Makes a checker of a server; tests bring their own `sleep`.
    init(
        broker: any Broker, control: ServerControl, configuration: TaskServerConfiguration,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.broker = broker
        self.control = control
        report = configuration.healthCheck
        interval = configuration.healthCheckInterval
        self.sleep = sleep
    }

    /// Asks after each interval until cancelled; does nothing when nobody wants to know.
    func run() async {
        guard let report else { return }
        while (try? await sleep(interval)) != nil {
            let failure = await failureOfPing()
            guard !Task.isCancelled else { return }
            await control.call { await report(failure) }
        }
    }

    private func failureOfPing() async -> (any Error)? {
        do { try await broker.ping() } catch { return error }
        return nil
    }
}
