/// What is said on a new connection before the callers' commands: log-in, database, name.
struct Handshake {
    enum Step: Equatable { case authenticate, select, setName }
    enum Verdict: Equatable { case more, done, failed(RedisError) }

    /// The commands, to be written together.
    let commands: [RedisCommand]
    private var steps: [Step]

    init(_ configuration: RedisConfiguration, name: String) {
        var commands: [RedisCommand] = []
        var steps: [Step] = []
        if let user = configuration.username {
            commands.append(RedisCommand("AUTH", [.string(user), .string(configuration.password ?? "")]))
            steps.append(.authenticate)
        } else if let password = configuration.password {
            commands.append(RedisCommand("AUTH", [.string(password)]))
            steps.append(.authenticate)
        }
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", [.int(configuration.database)]))
            steps.append(.select)
        }
        commands.append(RedisCommand("CLIENT", ["SETNAME", .string(Self.cleaned(name))]))
        steps.append(.setName)
        self.commands = commands
        self.steps = steps
    }

    /// Takes the next reply; the log-in's comes first.
    mutating func received(_ reply: RedisReply) -> Verdict {
        let step = steps.removeFirst()
        if case .error(let text) = reply, step != .setName || !Self.isForgivable(text) {
            let action =
                switch step {
                case .authenticate: "Redis refused the log-in"
                case .select: "Redis refused the database"
                case .setName: "Redis refused the connection"
                }
            let mayPass = RedisError(.commandRejected, text).isRetriable
            return .failed(RedisError(.connectFailed, "\(action): \(text)", command: nil, isRefusal: !mayPass))
        }
        return steps.isEmpty ? .done : .more
    }

    /// A name is a convenience: a user without the right to set one may still work.
    private static func isForgivable(_ text: String) -> Bool {
        text.hasPrefix("NOPERM") || text.hasPrefix("ERR unknown command")
    }

    /// `CLIENT SETNAME` takes `!` to `~` only.
    private static func cleaned(_ name: String) -> String {
        String(name.unicodeScalars.map { ("!"..."~").contains($0) ? Character($0) : "-" })
    }
}
