import Foundation
import HostNetwork
import Netlink
import Testing

/// What the system is found to have.
@Suite struct NetlinkSystemTests {
    @Test func `the running kernel's version is uname's`() throws {
        let version = try KernelVersion.running()
        #expect(try Lab.run(["uname", "-r"]) == version.release + "\n")
        #expect(version.isSupported)
        try version.requireSupported()
    }

    @Test(arguments: [("4.18.0-513.el8.x86_64", false), ("5.13.19", false), ("5.14.0", true), ("6.1.0-18-amd64", true), ("10.0-rc1", true)])
    func `a kernel before 5·14 is refused by its name`(release: String, isSupported: Bool) throws {
        let version = try #require(KernelVersion(release: release))
        #expect(version.isSupported == isSupported)
        guard !isSupported else { return try version.requireSupported() }
        let error = #expect(throws: NetlinkError.self) { try version.requireSupported() }
        #expect(
            error.map { "\($0)" } == "run on Linux \(release): weft needs a kernel of version 5.14 or later")
    }

    @Test func `the mark of an address needs 5·18`() throws {
        #expect(try #require(KernelVersion(release: "5.17.1")).keepsAddressOrigin == false)
        #expect(try #require(KernelVersion(release: "5.18.0")).keepsAddressOrigin)
        #expect(KernelVersion(release: "linux") == nil)
    }

    @Test func `root has CAP_NET_ADMIN, and who gave it up has not`() throws {
        #expect(Privilege.hasNetAdmin)
        try Privilege.requireNetAdmin()
        let full = try Lab.run(["cat", "/proc/self/status"])
        #expect(Privilege.hasNetAdmin(status: full))
        let less = try Lab.run(["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "cat", "/proc/self/status"])
        #expect(!Privilege.hasNetAdmin(status: less))
        #expect(!Privilege.hasNetAdmin(status: ""))
    }

    @Test func `the features that the lab has loaded are available`() async throws {
        try await Lab.with { _ in
            for feature in KernelFeature.allCases {
                #expect(KernelFeature.state(of: feature) == .available)
                try KernelFeature.load(feature)
            }
            // Loading bonding makes no bond0 by itself.
            #expect(!FileManager.default.fileExists(atPath: "/sys/class/net/bond0"))
        }
    }

    @Test func `a link of its kind shows that a feature is there`() throws {
        let network = HostNetwork(links: [Link(try LinkName("bond0"), kind: .bond)])
        #expect(KernelFeature.state(of: .bonding, in: network) == .available)
    }
}
