public import HostNetwork
public import Planner
public struct ErrorDetail { public init(severity: String, file: String, line: Int, column: Int, message: String, fix: String?) {} }
public struct ErrorDocument { public init(kind: String, message: String, details: [ErrorDetail]) {}; public var text: String {""} }
public struct CheckDocument { public init(file: String, warnings: [ErrorDetail]) {}; public var text: String {""} }
public struct StateDocument { public init(_ n: HostNetwork, only: LinkName? = nil) {}; public var text: String {""} }
public struct PlanDocument { public init(_ p: Plan) {}; public var text: String {""}
 public struct F { public init(module: String, state: String, reason: String?) {} }
 public struct R { public init(ending: String, problems: [String] = [], left: [String] = []) {} }
 public var features: [F] = []; public var result: R? }
