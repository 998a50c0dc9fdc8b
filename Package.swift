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
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // What the bot does, whatever the network.
        .target(
            name: "Engine",
            dependencies: ["BotKit", "CRE2", "CSystemLibraries"],
            swiftSettings: contractWithC
        ),

        // Ground: the vocabulary, the system's libraries.
        .target(name: "BotKit", swiftSettings: contract),
        .systemLibrary(
            name: "CSystemLibraries",
            providers: [.apt(["libssl-dev", "zlib1g-dev", "libyaml-dev", "libre2-dev"])]
        ),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        // Tests.
        .testTarget(
            name: "EngineTests", dependencies: ["BotKit", "Engine"], exclude: ["Rules/Mistakes"],
            swiftSettings: contract),
    ],
    cxxLanguageStandard: .cxx17
)
