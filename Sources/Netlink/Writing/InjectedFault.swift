#if DEBUG
    internal import Glibc

    /// Something that goes wrong with one of the messages that a connection sends to change the kernel, for tests of what comes
    /// after. No release build contains any of this.
    package struct InjectedFault: Sendable {
        /// What goes wrong.
        package enum Effect: Sendable {
            /// The messages before it are sent, and the process kills itself (`SIGKILL`).
            case kill
            /// It is not sent, and answered with this error; those after it in the same call are sent, as a kernel would go on.
            case refuse(KernelErrorCode)
        }

        /// Which message, counted from 0 over all that the connection sends to change something.
        package let message: Int
        /// What goes wrong.
        package let effect: Effect

        /// Joins the parts.
        package init(at message: Int, _ effect: Effect) {
            self.message = message
            self.effect = effect
        }
    }

    extension KernelConnection {
        /// Has a chunk suffer the fault if the message is in it.
        /// - Returns: whether it did.
        mutating func inject(_ chunk: Chunk, _ bytes: inout [UInt8], _ answers: inout [Answer?]) -> Bool {
            guard let fault else { return false }
            let place = fault.message - socket.statistics.writeMessages
            guard chunk.entries.indices.contains(place) else { return false }
            let range = chunk.range(of: place)
            switch fault.effect {
            case .kill:
                let sent = Array(bytes[..<range.lowerBound])
                if !sent.isEmpty { _ = socket.send(sent, messages: place) }
                kill(getpid(), SIGKILL)
                while true { pause() }
            case .refuse(let code):
                bytes.removeSubrange(range)
                answers[place] = Answer(injected: code, sequence: chunk.firstSequence &+ UInt32(place))
                return true
            }
        }
    }

    extension Chunk {
        /// Where a message lies in the bytes: each is as long as its header says, rounded up to four.
        fileprivate func range(of place: Int) -> Range<Int> {
            var begin = 0
            func length() -> Int {
                let bits = (0..<4).reduce(0) { $0 | Int(bytes[begin + $1]) << (8 * $1) }
                return (bits + 3) & ~3
            }
            for _ in 0..<place { begin += length() }
            return begin..<min(begin + length(), bytes.count)
        }
    }
#endif
