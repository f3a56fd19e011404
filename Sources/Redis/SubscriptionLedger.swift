/// A channel, or a pattern of channels.
enum Topic: Sendable, Hashable {
    case channel(String)
    case pattern(String)

    var name: String {
        switch self {
        case .channel(let name), .pattern(let name): name
        }
    }
}

/// Which topics are wanted, asked for and confirmed on a subscriber's connection: pure decisions, no I/O.
struct SubscriptionLedger {
    /// What a reply on a subscribed connection says.
    enum Push: Equatable {
        case subscribed(Topic)
        case unsubscribed
        /// A message published on `channel`, sent because of `topic`.
        case message(Topic, channel: String, payload: [UInt8])
        case failed(String)
    }

    /// How many streams want a topic.
    private var wanted: [Topic: Int] = [:]
    /// Requests that Redis has not confirmed; only the last confirmation counts, for an end may lie between two.
    private var unconfirmed: [Topic: Int] = [:]
    private var confirmed: Set<Topic> = []

    /// All that is wanted.
    var topics: Set<Topic> { Set(wanted.keys) }

    func isConfirmed(_ topic: Topic) -> Bool { confirmed.contains(topic) }

    /// Notes a stream's wishes and returns the topics that no other stream has.
    mutating func add(_ topics: Set<Topic>) -> Set<Topic> {
        for topic in topics { wanted[topic, default: 0] += 1 }
        return topics.filter { wanted[$0] == 1 }
    }

    /// Forgets a stream's wishes and returns the topics that nobody wants any more.
    mutating func remove(_ topics: Set<Topic>) -> Set<Topic> {
        for topic in topics { wanted[topic, default: 1] -= 1 }
        let stale = topics.filter { wanted[$0] == 0 }
        for topic in stale { wanted[topic] = nil }
        return stale
    }

    /// The commands that subscribe to `topics`, which count as asked for from now on.
    mutating func subscribe(_ topics: Set<Topic>) -> [RedisCommand] {
        for topic in topics { unconfirmed[topic, default: 0] += 1 }
        return Self.commands(topics, channels: "SUBSCRIBE", patterns: "PSUBSCRIBE")
    }

    /// The commands that end the subscriptions to `topics`.
    mutating func unsubscribe(_ topics: Set<Topic>) -> [RedisCommand] {
        confirmed.subtract(topics)
        return Self.commands(topics, channels: "UNSUBSCRIBE", patterns: "PUNSUBSCRIBE")
    }

    /// Notes a confirmation; `true` when messages of a wanted topic flow from now on.
    mutating func confirm(_ topic: Topic) -> Bool {
        let open = unconfirmed[topic, default: 1] - 1
        unconfirmed[topic] = open > 0 ? open : nil
        guard open <= 0, wanted[topic] != nil else { return false }
        confirmed.insert(topic)
        return true
    }

    /// Nothing is asked for or confirmed any more; the wishes stay.
    mutating func connectionEnded() {
        unconfirmed = [:]
        confirmed = []
    }

    /// Reads a reply on a subscribed connection.
    static func read(_ reply: RedisReply) -> Push {
        if case .error(let text) = reply { return .failed(text) }
        guard case .array(let parts) = reply, let kind = try? parts.first?.string() else {
            return .failed("a reply of an unknown form")
        }
        let texts = parts.dropFirst().map { (try? $0.string()) ?? "" }
        switch (kind, texts.count) {
        case ("subscribe", 2): return .subscribed(.channel(texts[0]))
        case ("psubscribe", 2): return .subscribed(.pattern(texts[0]))
        case ("unsubscribe", 2), ("punsubscribe", 2): return .unsubscribed
        case ("message", 2):
            guard case .bulk(let payload) = parts[2] else { return .failed("a message without bytes") }
            return .message(.channel(texts[0]), channel: texts[0], payload: payload)
        case ("pmessage", 3):
            guard case .bulk(let payload) = parts[3] else { return .failed("a message without bytes") }
            return .message(.pattern(texts[0]), channel: texts[1], payload: payload)
        default: return .failed("a reply of an unknown form")
        }
    }

    private static func commands(_ topics: Set<Topic>, channels: String, patterns: String) -> [RedisCommand] {
        var channelNames: [RedisArgument] = []
        var patternNames: [RedisArgument] = []
        for topic in topics {
            switch topic {
            case .channel(let name): channelNames.append(.string(name))
            case .pattern(let name): patternNames.append(.string(name))
            }
        }
        let commands = [RedisCommand(channels, channelNames), RedisCommand(patterns, patternNames)]
        return commands.filter { !$0.arguments.isEmpty }
    }
}
