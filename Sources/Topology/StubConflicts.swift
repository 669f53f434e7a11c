public import HostNetwork
extension Topology { public func conflicts(with actual: HostNetwork) -> [Diagnostic] { [] } }
