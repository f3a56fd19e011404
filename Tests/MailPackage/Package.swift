// example: mail-manifest
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "mail",
    dependencies: [
        .package(path: "../schedcu"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        .executableTarget(
            name: "mail",
            dependencies: [
                .product(name: "TaskQueue", package: "schedcu"),
                .product(name: "Logging", package: "swift-log"),
            ])
    ]
)
// end
