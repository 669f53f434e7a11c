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
        .executable(name: "weft-libvirt", targets: ["weft-libvirt"]),
        .executable(name: "weft-hook", targets: ["weft-hook"]),
        .library(name: "HostNetwork", targets: ["HostNetwork"]),
        .library(name: "Topology", targets: ["Topology"]),
        .library(name: "Planner", targets: ["Planner"]),
        .library(name: "Netlink", targets: ["Netlink"]),
        .library(name: "LinkServices", targets: ["LinkServices"]),
        .library(name: "Change", targets: ["Change"]),
        .library(name: "Report", targets: ["Report"]),
        .library(name: "NetworkScripts", targets: ["NetworkScripts"]),
        .library(name: "DomainInterfaces", targets: ["DomainInterfaces"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // For tests alone: a second opinion on the YAML that weft writes.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Numbers and structures of the kernel's own headers; no code, no library.
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CNetlink", pkgConfig: "libnl-route-3.0",
            providers: [.apt(["libnl-3-dev", "libnl-route-3-dev"])]),
        .systemLibrary(name: "CLibyaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLibvirt", pkgConfig: "libvirt", providers: [.apt(["libvirt-dev"])]),

        .target(name: "HostNetwork", dependencies: ["CLinux"], swiftSettings: strictC),
        .target(name: "Topology", dependencies: ["HostNetwork", "CLibyaml"], swiftSettings: strictC),
        .target(name: "Planner", dependencies: ["HostNetwork"], swiftSettings: strict),
        .target(name: "Netlink", dependencies: ["HostNetwork", "CLinux", "CNetlink"], swiftSettings: strictC),
        // The host's services that links' name servers and zones are handed to.
        .target(name: "LinkServices", dependencies: ["HostNetwork", "Netlink"], swiftSettings: strict),
        .target(name: "Change", dependencies: ["HostNetwork", "Planner", "Netlink", "DomainService"], swiftSettings: strictC),
        .target(name: "Report", dependencies: ["HostNetwork", "Planner"], swiftSettings: strict),
        .target(name: "NetworkScripts", dependencies: ["HostNetwork", "CLinux"], swiftSettings: strictC),
        // libvirt. weft itself does not link it: it asks the program weft-libvirt, and starts where neither is installed.
        .target(name: "DomainService", dependencies: ["HostNetwork"], swiftSettings: strictC),
        .target(name: "DomainXML", dependencies: ["HostNetwork"], swiftSettings: strict),
        .target(
            name: "DomainInterfaces", dependencies: ["HostNetwork", "DomainService", "DomainXML", "CLibvirt"], swiftSettings: strictC),
        .executableTarget(name: "weft-libvirt", dependencies: ["DomainInterfaces"], swiftSettings: strict),
        // libvirt's hook: apart from weft for the XML library, which weft starts without, and from libvirt, which it must not ask.
        .target(name: "DomainHook", dependencies: ["Change", "DomainXML", "HostNetwork", "Netlink", "Topology"], swiftSettings: strictC),
        .executableTarget(name: "weft-hook", dependencies: ["DomainHook"], swiftSettings: strict),

        .target(
            name: "WeftCommands",
            dependencies: [
                "HostNetwork", "Topology", "Planner", "Netlink", "LinkServices", "Change", "Report", "NetworkScripts",
                "DomainService",
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
        .testTarget(name: "DomainXMLTests", dependencies: ["DomainXML", "HostNetwork"], swiftSettings: strict),
        .testTarget(
            name: "NetworkScriptsTests", dependencies: ["NetworkScripts", "Topology", "Report", "HostNetwork", "TestSupport"], exclude: ["Cases", "Torture", "Published"],
            swiftSettings: strict),
        .testTarget(
            name: "KernelTests",
            dependencies: ["Change", "Netlink", "Planner", "Topology", "Report", "HostNetwork", "LinkServices", "DomainService", "TestSupport", "CLinux"],
            swiftSettings: strict),
    ]
)
