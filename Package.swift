// swift-tools-version: 6.2
import PackageDescription

// What every Swift target is compiled with. A warning is an error everywhere.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    .treatAllWarnings(as: .error),
]

// Layers 3 and up: the compiler refuses pointers here.
let aboveC = strict + [.strictMemorySafety()]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let flyingSocks = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let flyingFox = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")

// A target's dependencies are also its licence to import: `ops/check-layers` fails on any other import of our modules.
let package = Package(
    name: "schedcu",
    products: [
        // With `Redis`, since the address of the store is a `RedisConfiguration`.
        .library(name: "TaskQueue", targets: ["TaskQueue", "Redis"]),
        .executable(name: "schedcu", targets: ["schedcu"]),
        .executable(name: "schedcu-worker", targets: ["schedcu-worker"]),
        .executable(name: "amion-standin", targets: ["AmionStandin"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
    ],
    targets: [
        // Layer 0: C libraries, each imported by exactly one Swift target.
        .systemLibrary(name: "CHiredis"),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq"),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0"),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CZlib"),

        // Layer 1: support.
        .target(name: "ConcurrencySupport", swiftSettings: strict),

        // Layer 2: drivers.
        .target(name: "Redis", dependencies: ["CHiredis", "ConcurrencySupport", log], swiftSettings: strict),
        .target(name: "Postgres", dependencies: ["CLibPQ", "ConcurrencySupport", log], swiftSettings: strict),
        .target(name: "SAX", dependencies: ["CLibXML2"], swiftSettings: strict),
        .target(name: "Zip", dependencies: ["CZlib"], swiftSettings: strict),
        .target(name: "HTTP", dependencies: ["CLibCurl", "ConcurrencySupport", log], swiftSettings: strict),

        // Layer 3: the engine.
        .target(name: "TaskQueue", dependencies: ["Redis", "ConcurrencySupport", log], swiftSettings: aboveC),
        .target(
            name: "TaskEvents", dependencies: ["Redis", "ConcurrencySupport", log], swiftSettings: aboveC),

        // Layer 4: the domain, pure.
        .target(name: "ScheduleModel", swiftSettings: aboveC),
        .target(name: "Coverage", dependencies: ["ScheduleModel"], swiftSettings: aboveC),

        // Layer 5: adapters.
        .target(name: "ODS", dependencies: ["Zip", "SAX"], swiftSettings: aboveC),
        .target(name: "ScheduleImport", dependencies: ["ODS", "ScheduleModel", "Zip"], swiftSettings: aboveC),
        .target(
            name: "Amion", dependencies: ["HTTP", "Redis", "SAX", "ScheduleModel", "ConcurrencySupport", log],
            swiftSettings: aboveC),
        .target(
            name: "ScheduleStore", dependencies: ["Postgres", "ScheduleModel", "Coverage", log], swiftSettings: aboveC),
        .target(name: "PeopleRegistry", dependencies: ["ScheduleModel", yams], swiftSettings: aboveC),

        // Layer 6: the application.
        .target(name: "ScheduleTasks", dependencies: ["TaskQueue", "Redis", "ScheduleModel"], swiftSettings: aboveC),
        .target(
            name: "ScheduleWorkflow",
            dependencies: [
                "TaskQueue", "TaskEvents", "ScheduleTasks", "ScheduleModel", "Coverage", "ScheduleImport", "Amion",
                "ScheduleStore", "ODS", "HTTP", "Postgres", "Redis", "ConcurrencySupport", "Zip", log,
            ], swiftSettings: aboveC),

        // Layer 7: executables.
        .executableTarget(
            name: "schedcu",
            dependencies: [
                "TaskQueue", "TaskEvents", "ScheduleTasks", "ScheduleModel", "ScheduleImport", "ScheduleStore",
                "PeopleRegistry", "Redis", "Postgres", "ConcurrencySupport", "Zip", log, arguments, yams,
            ], path: "Producer", swiftSettings: aboveC),
        .executableTarget(
            name: "schedcu-worker",
            dependencies: [
                "TaskQueue", "TaskEvents", "ScheduleTasks", "ScheduleWorkflow", "ScheduleStore", "ScheduleModel",
                "Amion",
                "HTTP", "Redis", "Postgres", "ConcurrencySupport", log, arguments,
            ], path: "Workers", swiftSettings: aboveC),
        .executableTarget(
            name: "taskqueue-bench", dependencies: ["TaskQueue", "Redis", "ConcurrencySupport", log, arguments],
            path: "Sources/TaskQueueBench", swiftSettings: strict),
        .target(name: "BenchSupport", swiftSettings: strict),
        .executableTarget(
            name: "ods-bench",
            dependencies: ["BenchSupport", "ODS", "ScheduleImport", "ScheduleModel", "ScheduleStore"], path: "Sources/ODSBench", swiftSettings: strict),
        .executableTarget(
            name: "amion-bench", dependencies: ["BenchSupport", "Amion", "ScheduleModel"],
            path: "Sources/AmionBench", swiftSettings: strict),
        .executableTarget(
            name: "amion-scrape-bench",
            dependencies: ["BenchSupport", "Amion", "HTTP", "Redis", "ScheduleModel", "ConcurrencySupport", log],
            path: "Sources/AmionScrapeBench", swiftSettings: strict),
        .executableTarget(
            name: "AmionStandin", dependencies: ["ConcurrencySupport", flyingSocks, arguments], swiftSettings: aboveC),

        // Tests: real Redis and real Postgres, leased per test by the two support targets.
        .target(
            name: "RedisTestSupport", dependencies: ["Redis", "ConcurrencySupport", log],
            path: "Tests/RedisTestSupport",
            swiftSettings: strict),
        .target(
            name: "PostgresTestSupport", dependencies: ["Postgres", "ConcurrencySupport", log],
            path: "Tests/PostgresTestSupport", swiftSettings: strict),
        .executableTarget(
            name: "QueueTestWorker", dependencies: ["TaskQueue", "Redis", "ConcurrencySupport", log], path: "Tests/QueueTestWorker",
            swiftSettings: strict),
        .testTarget(name: "ConcurrencySupportTests", dependencies: ["ConcurrencySupport"], swiftSettings: strict),
        .testTarget(
            name: "RedisTests", dependencies: ["Redis", "RedisTestSupport", "ConcurrencySupport", log],
            swiftSettings: strict),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "PostgresTestSupport", "ConcurrencySupport", log],
            swiftSettings: strict),
        .testTarget(name: "SAXTests", dependencies: ["SAX"], swiftSettings: strict),
        .testTarget(name: "ZipTests", dependencies: ["Zip"], swiftSettings: strict),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "ConcurrencySupport", log], swiftSettings: strict),
        .testTarget(
            name: "AmionStandinTests", dependencies: ["AmionStandin", "HTTP", log, arguments], swiftSettings: strict),
        .testTarget(
            name: "TaskQueueTests",
            dependencies: ["TaskQueue", "Redis", "RedisTestSupport", "ConcurrencySupport", log],
            swiftSettings: strict),
        .testTarget(
            name: "InteropTests", dependencies: ["TaskQueue", "Redis", "RedisTestSupport", log],
            swiftSettings: strict),
        .testTarget(
            name: "TaskEventsTests",
            dependencies: ["TaskEvents", "Redis", "RedisTestSupport", "ConcurrencySupport", log],
            swiftSettings: strict),
        // The code that the documents show, compiled as a user's: without what is for this package only.
        .executableTarget(
            name: "DocumentationExamples", dependencies: ["TaskQueue", "Redis", log],
            path: "Tests/DocumentationExamples", packageAccess: false, swiftSettings: strict),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["DocumentationExamples", "TaskQueue", "Redis", "RedisTestSupport", "ConcurrencySupport", log],
            swiftSettings: strict),
        // Those of the article on testing, which are tests.
        .testTarget(
            name: "TestingExampleTests", dependencies: ["TaskQueue", log], packageAccess: false, swiftSettings: strict),
        .testTarget(name: "ScheduleModelTests", dependencies: ["ScheduleModel"], swiftSettings: strict),
        .testTarget(name: "CoverageTests", dependencies: ["Coverage", "ScheduleModel"], swiftSettings: strict),
        .testTarget(name: "ODSTests", dependencies: ["ODS", "Zip"], swiftSettings: strict),
        .testTarget(
            name: "ScheduleImportTests", dependencies: ["ScheduleImport", "ODS", "ScheduleModel"], swiftSettings: strict
        ),
        .testTarget(
            name: "AmionTests",
            dependencies: [
                "Amion", "HTTP", "Redis", "RedisTestSupport", "ScheduleModel", "ConcurrencySupport", flyingFox, flyingSocks, log,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ScheduleStoreTests",
            dependencies: ["ScheduleStore", "Postgres", "PostgresTestSupport", "ScheduleModel", "Coverage", log],
            swiftSettings: strict),
        .testTarget(
            name: "PeopleRegistryTests", dependencies: ["PeopleRegistry", "ScheduleModel"], swiftSettings: strict),
        .testTarget(
            name: "ScheduleTasksTests", dependencies: ["ScheduleTasks", "ScheduleModel", "TaskQueue"],
            swiftSettings: strict),
        .testTarget(
            name: "ScheduleWorkflowTests",
            dependencies: [
                "ScheduleWorkflow", "ScheduleImport", "ScheduleStore", "ScheduleTasks", "ScheduleModel", "TaskEvents",
                "TaskQueue", "Redis", "Postgres", "RedisTestSupport", "PostgresTestSupport", "ConcurrencySupport", "Amion", "HTTP",
                flyingFox, flyingSocks, log,
            ], swiftSettings: strict),
        .testTarget(
            name: "ProducerTests",
            dependencies: ["schedcu", "TaskEvents", "ScheduleTasks", "ScheduleModel", "TaskQueue", "Zip", arguments],
            swiftSettings: strict),
        .testTarget(
            name: "FaultTests",
            dependencies: ["QueueTestWorker", "TaskQueue", "Redis", "ConcurrencySupport", log],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "schedcu", "schedcu-worker", "AmionStandin", "TaskQueue", "TaskEvents", "Redis", "Postgres",
                "RedisTestSupport", "PostgresTestSupport", "ConcurrencySupport", flyingFox, flyingSocks, log,
            ], swiftSettings: strict),
    ]
)
