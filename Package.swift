// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target: Swift 6 mode, nothing implicit in imports or existentials, warnings are errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Modules that touch C: the word `unsafe` marks every dangerous expression.
let strictC: [SwiftSetting] = strict + [.strictMemorySafety()]

let package = Package(
    name: "weft",
    products: [
        .executable(name: "weft", targets: ["weft"]),
        .library(name: "HostNetwork", targets: ["HostNetwork"]),
        .library(name: "Topology", targets: ["Topology"]),
        .library(name: "Planner", targets: ["Planner"]),
        .library(name: "Netlink", targets: ["Netlink"]),
        .library(name: "Change", targets: ["Change"]),
        .library(name: "Report", targets: ["Report"]),
        .library(name: "NetworkScripts", targets: ["NetworkScripts"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Numbers and structures of the kernel's own headers; no code, no library.
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CNetlink", pkgConfig: "libnl-route-3.0",
            providers: [.apt(["libnl-3-dev", "libnl-route-3-dev"])]),

        .target(name: "HostNetwork", dependencies: ["CLinux"], swiftSettings: strictC),
        .target(
            name: "Topology", dependencies: ["HostNetwork", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(name: "Planner", dependencies: ["HostNetwork"], swiftSettings: strict),
        .target(name: "Netlink", dependencies: ["HostNetwork", "CLinux", "CNetlink"], swiftSettings: strictC),
        .target(name: "Change", dependencies: ["HostNetwork", "Planner", "Netlink"], swiftSettings: strictC),
        .target(name: "Report", dependencies: ["HostNetwork", "Planner"], swiftSettings: strict),
        .target(name: "NetworkScripts", dependencies: ["HostNetwork", "CLinux"], swiftSettings: strictC),
        .target(
            name: "WeftCommands",
            dependencies: [
                "HostNetwork", "Topology", "Planner", "Netlink", "Change", "Report", "NetworkScripts",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "weft",
            dependencies: ["WeftCommands", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),

        // What several test targets share.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "HostNetworkTests", dependencies: ["HostNetwork"], swiftSettings: strict),
        .testTarget(
            name: "TopologyTests", dependencies: ["Topology", "HostNetwork"], exclude: ["Mistakes"], swiftSettings: strict),
        .testTarget(name: "PlannerTests", dependencies: ["Planner", "HostNetwork", "Topology", "Report", "TestSupport"], exclude: ["Cases"], swiftSettings: strict),
        .testTarget(name: "ChangeTests", dependencies: ["Change", "Netlink", "Planner", "Topology", "HostNetwork"], swiftSettings: strict),
        .testTarget(
            name: "ReportTests",
            dependencies: ["Report", "Planner", "Topology", "HostNetwork", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .testTarget(
            name: "NetworkScriptsTests", dependencies: ["NetworkScripts", "Topology", "Report", "HostNetwork", "TestSupport"], exclude: ["Cases", "Torture"],
            swiftSettings: strict),
        .testTarget(
            name: "KernelTests",
            dependencies: ["Change", "Netlink", "Planner", "Topology", "Report", "HostNetwork", "TestSupport"],
            swiftSettings: strict),
    ]
)
