// swift-tools-version: 6.2

import PackageDescription

/// The language contract, the same for every target of ours.
let contract: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// The contract of a target that calls C: every unsafe expression is marked as such.
let contractWithC = contract + [.strictMemorySafety()]

// Read from the top down: an import only points down this list, and siblings never import each other.
// A build with `--explicit-target-dependency-import-check error`, which CI does, makes that the truth.
let package = Package(
    name: "conure",
    products: [
        .executable(name: "conure", targets: ["Conure"]),
        .library(name: "BotKit", targets: ["BotKit"]),
        .library(name: "BotKitTesting", targets: ["BotKitTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Conure: the program, where everything is put together.
        .executableTarget(
            name: "Conure",
            dependencies: [
                "BotKit", "ContentFiles", "Engine", "MicroChatGateway", "MicroChatServer", "MicroChatWire",
                "Store", "Webhooks", "Workers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: contract
        ),

        // Engine: decisions, no network.
        .target(
            name: "Engine",
            dependencies: [
                "BotKit", "CRE2", "CSystemLibraries", "Store",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: contractWithC
        ),

        // MicroChat: one network. Its client side, its server, and the wire that both share.
        .target(
            name: "MicroChatGateway",
            dependencies: [
                "BotKit", "MicroChatWire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Sources/MicroChat/Gateway",
            swiftSettings: contract
        ),
        .target(
            name: "MicroChatServer",
            dependencies: [
                "ContentFiles", "DurableSQLite", "MicroChatWire",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Sources/MicroChat/Server",
            swiftSettings: contract
        ),
        .target(
            name: "MicroChatWire",
            dependencies: [
                "CSystemLibraries",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Sources/MicroChat/Wire",
            swiftSettings: contractWithC
        ),

        // Webhooks: calls that others make to the bot, and calls that it makes to others.
        .target(
            name: "Webhooks",
            dependencies: [
                "BotKit", "CSystemLibraries",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: contractWithC
        ),

        // Workers: people's own programs, each in processes that can do no harm.
        .target(
            name: "Workers",
            dependencies: [
                "BotKit", "CSystemCalls",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: contractWithC
        ),

        // Store: the hand-off between what arrived, what was decided and what leaves.
        .target(
            name: "Store",
            dependencies: ["BotKit", "DurableSQLite", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: contract
        ),

        // BotKitTesting: a chat in memory, for the tests of bots.
        .target(name: "BotKitTesting", dependencies: ["BotKit"], swiftSettings: contractWithC),

        // Ground: the vocabulary and what authors of bots see, a database and files that keep their word, the system's
        // calls and libraries.
        .target(
            name: "BotKit", dependencies: ["CSystemCalls", .product(name: "Logging", package: "swift-log")],
            swiftSettings: contractWithC
        ),
        .target(name: "ContentFiles", dependencies: ["CSystemLibraries"], swiftSettings: contractWithC),
        .target(
            name: "DurableSQLite",
            dependencies: [
                "CSystemLibraries",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: contract
        ),
        .systemLibrary(name: "CSystemCalls"),
        .systemLibrary(
            name: "CSystemLibraries",
            providers: [.apt(["libssl-dev", "zlib1g-dev", "libyaml-dev", "libre2-dev", "libvectorscan-dev"])]
        ),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        // Tests, and what those of several targets share.
        .target(name: "TestProcesses", path: "Tests/TestProcesses", swiftSettings: contract),
        .testTarget(
            name: "BotKitTests",
            dependencies: [
                "BotKit", "BotKitTesting",
            ],
            swiftSettings: contract
        ),
        .testTarget(
            name: "ConureTests",
            dependencies: [
                "TestProcesses",
                "BotKit", "BotKitTesting", "ContentFiles", "MicroChatGateway", "MicroChatServer", "MicroChatWire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: contract
        ),
        .testTarget(name: "ContentFilesTests", dependencies: ["ContentFiles"], swiftSettings: contract),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "TestProcesses",
                "BotKit", "BotKitTesting", "Engine", "Store",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Rules/Mistakes", "Schedule/oracle.py"],
            swiftSettings: contract
        ),
        .testTarget(
            name: "MicroChatGatewayTests",
            dependencies: [
                "BotKit", "MicroChatGateway", "MicroChatServer", "MicroChatWire",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: contract
        ),
        .testTarget(
            name: "MicroChatServerTests",
            dependencies: [
                "ContentFiles", "DurableSQLite", "MicroChatServer", "MicroChatWire",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: contract
        ),
        .testTarget(
            name: "MicroChatWireTests",
            dependencies: [
                "MicroChatWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOTestUtils", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            resources: [.copy("Vectors")],
            swiftSettings: contract
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "BotKit", "DurableSQLite", "Store", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: contract
        ),
        .testTarget(
            name: "WorkersTests",
            dependencies: [
                "TestProcesses",
                "BotKit", "Workers",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: contract
        ),
        .testTarget(
            name: "WebhooksTests",
            dependencies: [
                "TestProcesses",
                "BotKit", "Webhooks",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: contract
        ),
    ],
    cxxLanguageStandard: .cxx17
)

// The bots: each is a program of its own in bots/NAME, with its tests beside it. `conure bot new` adds a line here.
let bots = [
    "Assistant",
    "Echo",
    "OrderStatus",
    "Poll",
    "Reminder",
    "Welcome",
]

for bot in bots {
    package.targets += [
        .executableTarget(
            name: bot, dependencies: ["BotKit"], path: "bots/\(bot)", exclude: ["README.md", "Tests"],
            swiftSettings: contract
        ),
        .testTarget(
            name: bot + "Tests", dependencies: [.target(name: bot), "BotKit", "BotKitTesting"],
            path: "bots/\(bot)/Tests",
            swiftSettings: contract
        ),
    ]
}

// Benchmarks measure what is `package`, so they are part of it, but only when asked for: `scripts/bench` does.
if Context.environment["CONURE_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "ConureBench",
            dependencies: [
                "BotKit", "Engine", "MicroChatServer", "MicroChatWire", "Store", "Workers",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Benchmarks/ConureBench",
            swiftSettings: contract
        )
    )
}

// So are libFuzzer's targets, which need a build of their own with its instrumentation: `scripts/fuzz` makes it.
if Context.environment["CONURE_FUZZING"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: "ConureFuzz",
            dependencies: [
                "CLibFuzzer", "MicroChatWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Fuzzing/ConureFuzz",
            swiftSettings: contract
        ),
    ]
}
