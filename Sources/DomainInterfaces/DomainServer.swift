internal import DomainService
internal import DomainXML
internal import Foundation
internal import HostNetwork

/// The program `weft-libvirt`: answers weft's questions to libvirt, one line of JSON for each line of JSON, until its input ends.
public enum DomainServer {
    /// Answers until the standard input ends.
    public static func run() {
        var connection: LibvirtConnection?
        while let line = readLine() {
            write(answer(line, &connection))
        }
    }

    private static func write(_ reply: DomainReply) {
        guard let bytes = try? JSONEncoder().encode(reply) else { return }
        FileHandle.standardOutput.write(bytes + Data("\n".utf8))
    }

    private static func answer(_ line: String, _ connection: inout LibvirtConnection?) -> DomainReply {
        do {
            switch try JSONDecoder().decode(DomainQuery.self, from: Data(line.utf8)) {
            case .connect(let uri, let isReadOnly):
                connection = try LibvirtConnection.open(uri, isReadOnly: isReadOnly)
                return .done
            case .snapshot(let withCounters):
                return .snapshot(try required(connection).snapshot(withCounters: withCounters))
            case .watch(let uri):
                try DomainEvents.tell(of: uri) { write($0) }
                return .failed(DomainFailure(.unreachable, attempt: "", words: "the connection to libvirt is closed", fix: "start libvirt, and run the command again"))
            case .perform(let action):
                try DomainWork(connection: try required(connection)).perform(action)
                return .done
            }
        } catch let failure as DomainFailure {
            return .failed(failure)
        } catch let error as LibvirtError {
            return .failed(error.failure(isConnected: connection?.isAlive ?? false))
        } catch let error as DomainXMLError {
            return .failed(DomainFailure(.refused, attempt: "", words: error.message))
        } catch {
            return .failed(DomainFailure(.refused, attempt: "", words: "weft-libvirt cannot read the question: \(error)"))
        }
    }

    private static func required(_ connection: LibvirtConnection?) throws(DomainFailure) -> LibvirtConnection {
        guard let connection else { throw DomainFailure(.unreachable, attempt: "", words: "there is no connection yet") }
        return connection
    }
}
