internal import CNetlink
internal import HostNetwork

extension Socket {
    /// How often a disturbed dump is taken again. A busy host changes now and then; one that changes through this many dumps
    /// in a row is in a loop, and the person should hear of it.
    static var dumpLimit: Int { 25 }

    /// Asks for everything of one sort, and hands each message to the handler, which fills a result.
    ///
    /// A dump that was interrupted by a change (`NLM_F_DUMP_INTR`), or of which the socket's buffer lost a part (`ENOBUFS`),
    /// is taken again with a fresh result.
    mutating func dump<Result>(
        _ what: String, _ request: borrowing Message, into fresh: () -> Result,
        _ handle: (inout Result, ReceivedMessage) -> Void
    ) throws(NetlinkError) -> Result {
        let attempted = "read the kernel's \(what)"
        for attempt in 0..<Self.dumpLimit {
            if attempt > 0 {
                statistics.retakenDumps += 1
                try discardPending()
            }
            statistics.dumps += 1
            var result = fresh()
            let sequence = nextSequence
            nextSequence &+= 1
            let bytes = request.bytes(sequence: sequence, port: port)
            if let code = send(bytes, messages: 1) { throw NetlinkError(attempted, .refused, code) }
            var isDone = false
            var isWhole = true
            var failure: NetlinkError?
            while !isDone {
                let received = try receive { message in
                    // What is left of an earlier request.
                    guard message.sequence == sequence else { return }
                    if message.hasFlag(NLM_F_DUMP_INTR) { isWhole = false }
                    switch Int32(message.type) {
                    case NLMSG_DONE:
                        isDone = true
                        failure = Answer(ending: message).error(attempted)
                    case NLMSG_ERROR:
                        isDone = true
                        failure = Answer(message).error(attempted)
                    default: handle(&result, message)
                    }
                }
                switch received {
                case .messages: break
                case .overrun, .truncated: isWhole = false
                case .empty:
                    isWhole = false
                    isDone = true
                }
            }
            // Busy: a dump that lost a part is not at its end yet.
            if let failure, failure.code != .busy { throw failure }
            if isWhole, failure == nil { return result }
        }
        throw NetlinkError(
            attempted, .unsettled, .tryAgain,
            detail: "it changed during each of \(Self.dumpLimit) readings; another program seems to be changing it all the time")
    }
}

extension Socket {
    /// Receives what is left of earlier requests, and lets the kernel end a dump that it still has at work.
    fileprivate mutating func discardPending() throws(NetlinkError) {
        while true {
            if case .empty = try receive({ _ in }) { return }
        }
    }
}

/// What the kernel says to one message: done, or an error with its words.
struct Answer {
    let sequence: UInt32
    /// 0 for an acknowledgement.
    let code: KernelErrorCode
    let text: String?

    /// Reads `NLMSG_ERROR`: `struct nlmsgerr`, and the extended acknowledgement behind it.
    init(_ message: ReceivedMessage) {
        let answer = message.body(nlmsgerr.self) ?? nlmsgerr()
        // Without the CAPPED flag the whole message that is answered stands between the answer and its text.
        let quoted = message.hasFlag(NLM_F_CAPPED) ? 0 : Int(answer.msg.nlmsg_len) - MemoryLayout<nlmsghdr>.size
        self.init(message, number: answer.error, textAfter: MemoryLayout<nlmsgerr>.size + quoted)
    }

    #if DEBUG
        /// An answer that no kernel gave.
        init(injected code: KernelErrorCode, sequence: UInt32) {
            self.sequence = sequence
            self.code = code
            text = "injected"
        }
    #endif

    /// Reads `NLMSG_DONE`: an error number, and the extended acknowledgement.
    init(ending message: ReceivedMessage) {
        self.init(message, number: message.body(Int32.self) ?? 0, textAfter: MemoryLayout<Int32>.size)
    }

    private init(_ message: ReceivedMessage, number: Int32, textAfter offset: Int) {
        sequence = message.sequence
        code = KernelErrorCode(rawValue: number < 0 ? -number : 0)
        let words = message.hasFlag(NLM_F_ACK_TLVS) ? message.attribute(NLMSGERR_ATTR_MSG.rawValue, after: offset)?.text : nil
        text = words.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The answer as an error; `nil` for an acknowledgement.
    func error(_ attempted: String) -> NetlinkError? {
        code.rawValue == 0 ? nil : NetlinkError(attempted, .refused, code, kernelText: text)
    }
}
