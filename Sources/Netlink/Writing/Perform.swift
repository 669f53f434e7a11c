internal import CNetlink
public import HostNetwork

/// An action that was not carried out, or of which nobody knows.
public struct ActionFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The action's place in the list given to ``KernelConnection/perform(_:)``.
    public let index: Int
    /// The action.
    public let action: Action
    /// Why.
    public let error: NetlinkError

    package init(index: Int, action: Action, error: NetlinkError) {
        self.index = index
        self.action = action
        self.error = error
    }

    public var description: String { error.description }
}

extension KernelConnection {
    /// Carries out actions, in order, in as few calls as they fit into, and answers those that were not carried out.
    ///
    /// **This is no transaction.** Actions that go down in one call (64 KB, some 300 links) are all tried, even after one of
    /// them failed. What comes in later calls is not sent after a failure, and answered with the kind
    /// ``NetlinkError/Kind/notSent``. So what takes something away belongs in a `perform` of its own, after the one that
    /// made its replacement. An action that is not in the answer was carried out.
    ///
    /// If an action cannot be put into words for the kernel (it names a link that does not exist) nothing is sent at all.
    /// After any failure take a ``snapshot()`` before the next `perform`.
    ///
    /// A new link gets an index that the connection chooses, so that later actions can name it in the same call. Should
    /// another program have taken that very index meanwhile, the link is made with an index of the kernel's choice.
    /// - Throws: ``NetlinkError`` where the socket itself fails; what was done by then has to be read back.
    ///
    /// What is about a service of the host's is asked of that (``services``), when all before it is done.
    public mutating func perform(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] {
        let asksServices = actions.contains { if case .service = $0 { true } else { false } }
        return asksServices ? try performWithServices(actions) : try performMessages(actions)
    }

    mutating func performMessages(_ actions: [Action]) throws(NetlinkError) -> [ActionFailure] {
        var run = Run(actions: actions)
        let before = links
        while !run.waiting.isEmpty, run.failures.isEmpty {
            guard let chunks = encode(&run) else { break }
            run.waiting = []
            for (place, chunk) in chunks.enumerated() {
                write(chunk.settings, &run)
                if !run.failures.isEmpty {
                    run.waiting += chunks[place...].flatMap(\.actions)
                    break
                }
                let taken = chunk.entries.isEmpty ? [] : try exchange(chunk, &run)
                if !taken.isEmpty { try recover(taken, chunk, &run) }
                if !run.failures.isEmpty, !chunk.formerGroups.isEmpty { try restore(chunk, &run) }
                // Not only after a failure: what comes later may name an index that turned out to be a stranger's.
                if !run.failures.isEmpty || !run.waiting.isEmpty || !taken.isEmpty {
                    run.waiting += chunks[(place + 1)...].flatMap(\.actions)
                    break
                }
            }
        }
        for place in run.waiting { run.fail(place, .notSent, .canceled, "not tried, because something before it failed") }
        if !run.failures.isEmpty { settle(before, run) }
        return run.failures.sorted { $0.key < $1.key }.map { ActionFailure(index: $0.key, action: actions[$0.key], error: $0.value) }
    }

    /// Encodes what waits; `nil` if that fails, with the failure noted.
    private mutating func encode(_ run: inout Run) -> [Chunk]? {
        var encoder = ActionEncoder(links: links, port: socket.port, nextSequence: socket.nextSequence)
        var last = -1
        // A bulk deletion spreads over chunks, so its place may wait twice.
        for place in run.waiting.sorted() where place != last {
            last = place
            do throws(NetlinkError) {
                try encoder.encode(run.actions[place], at: place)
            } catch {
                run.failures[place] = error
                run.waiting.removeAll { $0 == place }
                return nil
            }
        }
        encoder.finish()
        links = encoder.links
        socket.nextSequence = encoder.nextSequence
        return encoder.chunks
    }

    /// Writes what netlink has no message for, and notes the failures.
    private func write(_ settings: [Chunk.Setting], _ run: inout Run) {
        for setting in settings {
            let code = socket.write(setting.value, toSetting: setting.path)
            guard let code, !setting.isOptional || code != .noEntry else { continue }
            run.fail(setting.action, .refused, code, code == .noEntry ? "the kernel has no \(setting.path)" : "\(setting.path) cannot be written")
            return
        }
    }

    /// Sends a chunk and notes the failures.
    /// - Returns: the entries of links whose chosen index or whose name is taken: which of them, ``recover(_:_:_:)`` finds out.
    private mutating func exchange(_ chunk: Chunk, _ run: inout Run) throws(NetlinkError) -> [Int] {
        var answers = [Answer?](repeating: nil, count: chunk.entries.count)
        var bytes = chunk.bytes
        #if DEBUG
            let isInjected = inject(chunk, &bytes, &answers)
        #else
            let isInjected = false
        #endif
        socket.statistics.writeMessages += chunk.entries.count
        if !bytes.isEmpty, let code = socket.send(bytes, messages: chunk.entries.count) {
            for entry in chunk.entries { run.fail(entry.action, .notSent, code, "the socket did not take the messages") }
            return []
        }
        var isLost = false
        receiving: while true {
            let received = try socket.receive { message in
                guard Int32(message.type) == NLMSG_ERROR else { return }
                let answer = Answer(message)
                let place = Int(answer.sequence &- chunk.firstSequence)
                if answers.indices.contains(place) { answers[place] = answer }
            }
            switch received {
            case .messages: if !isLost, !isInjected, answers.last! != nil { break receiving }
            case .overrun, .truncated: isLost = true
            case .empty:
                if answers.last! == nil { isLost = true }
                break receiving
            }
        }
        var taken: [Int] = []
        for (place, entry) in chunk.entries.enumerated() {
            if let answer = answers[place] {
                guard let error = answer.error(entry.part ?? run.actions[entry.action].attempt) else { continue }
                if entry.created != nil, error.code == .exists { taken.append(place) }
                run.fail(entry.action, error)
            } else if isLost {
                run.fail(entry.action, .outcomeUnknown, .noBufferSpace, "the kernel's answer was lost; it may be done or not")
            }
        }
        return taken
    }

    /// Finds out which of the links were refused for their index, makes those with an index of the kernel's choice, and
    /// lets the actions wait again that failed because they named the index.
    private mutating func recover(_ taken: [Int], _ chunk: Chunk, _ run: inout Run) throws(NetlinkError) {
        var foreign: Set<Int32> = []
        var remade: Set<Int> = []
        for place in taken {
            let entry = chunk.entries[place]
            // The name is taken: then the kernel's answer stands.
            guard let created = entry.created, try index(ofLinkNamed: created.name) == nil else { continue }
            foreign.insert(created.index)
            guard case .create(let link) = run.actions[entry.action] else { continue }
            links.remove(created.name)
            run.failures[entry.action] = nil
            // Its parent or master may have been among the foreign ones, and is remade by now: they come first.
            var encoder = ActionEncoder(links: links, port: socket.port, nextSequence: socket.nextSequence)
            do throws(NetlinkError) {
                try encoder.createAsking(link, at: entry.action)
            } catch {
                run.failures[entry.action] = error
                continue
            }
            encoder.finish()
            socket.nextSequence = encoder.nextSequence
            for chunk in encoder.chunks { _ = try exchange(chunk, &run) }
            if let index = try index(ofLinkNamed: created.name) {
                links.insert(created.name, LinkIndexes.Entry(index: index, parent: 0, group: link.group ?? 0))
                remade.insert(entry.action)
            }
        }
        guard !foreign.isEmpty else { return }
        // What names a stranger's index, and what names a link that was not made for that reason.
        var unusable = foreign
        var dependents: [Int] = []
        for entry in chunk.entries where !remade.contains(entry.action) && !unusable.isDisjoint(with: entry.references) {
            if dependents.last != entry.action { dependents.append(entry.action) }
            if let created = entry.created { unusable.insert(created.index) }
        }
        for place in dependents {
            if run.failures.removeValue(forKey: place) != nil {
                run.waiting.append(place)
            } else {
                run.fail(
                    place, .outcomeUnknown, .exists,
                    "done to a link of another program, which had just taken the index chosen for a new link")
            }
        }
    }

    /// The index of a link, asked of the kernel; `nil` if there is none of that name.
    private mutating func index(ofLinkNamed name: LinkName) throws(NetlinkError) -> Int32? {
        var request = Message(capacity: 256)
        request.begin(RTM_GETLINK, 0, ifinfomsg())
        request.put(IFLA_EXT_MASK, UInt32(RTEXT_FILTER_SKIP_STATS))
        request.put(IFLA_IFNAME, name.text)
        let sequence = socket.nextSequence
        socket.nextSequence &+= 1
        let attempted = "ask for the index of \(name)"
        if let code = socket.send(request.bytes(sequence: sequence, port: socket.port), messages: 1) {
            throw NetlinkError(attempted, .refused, code)
        }
        var index: Int32?
        var failure: NetlinkError?
        var isAnswered = false
        while !isAnswered {
            let received = try socket.receive { message in
                guard message.sequence == sequence else { return }
                isAnswered = true
                if Int32(message.type) == NLMSG_ERROR {
                    failure = Answer(message).error(attempted)
                } else {
                    index = message.body(ifinfomsg.self)?.ifi_index
                }
            }
            if case .empty = received, !isAnswered { throw NetlinkError(attempted, .outcomeUnknown, .noBufferSpace) }
        }
        if let failure, failure.code != .noDevice { throw failure }
        return index
    }

    /// Puts links back into their groups after their deletion failed, as far as they are still there.
    private mutating func restore(_ chunk: Chunk, _ run: inout Run) throws(NetlinkError) {
        var encoder = ActionEncoder(links: links, port: socket.port, nextSequence: socket.nextSequence)
        try encoder.restore(chunk.formerGroups)
        encoder.finish()
        socket.nextSequence = encoder.nextSequence
        // The failure that led here is the one to tell; that a link is gone by now is none.
        let failures = run.failures
        for chunk in encoder.chunks { _ = try exchange(chunk, &run) }
        run.failures = failures
    }

    /// Leaves in the map only what happened, after something failed.
    private mutating func settle(_ before: LinkIndexes, _ run: Run) {
        let after = links
        links.replaceEntries(by: before)
        for (place, action) in run.actions.enumerated() where run.failures[place] == nil {
            switch action {
            case .create(let link): if let entry = after[link.name] { links.insert(link.name, entry) }
            case .change(let link): if let group = link.group { links.setGroup(group, of: link.name) }
            case .delete(let names): for name in names { links.remove(name) }
            case .setVLANs, .removeVLANs, .addName, .removeName, .addAddress, .removeAddress, .addRoute, .replaceRoute, .removeRoute, .addRule, .removeRule, .restore, .forget, .service: break
            }
        }
    }
}

/// One `perform` on its way.
private struct Run {
    let actions: [Action]
    /// The places of the actions that are still to be sent.
    var waiting: [Int]
    /// The first failure of each action that failed.
    var failures: [Int: NetlinkError] = [:]

    init(actions: [Action]) {
        self.actions = actions
        waiting = Array(actions.indices)
    }

    mutating func fail(_ place: Int, _ error: NetlinkError) {
        if failures[place] == nil { failures[place] = error }
    }

    mutating func fail(_ place: Int, _ kind: NetlinkError.Kind, _ code: KernelErrorCode, _ detail: String) {
        fail(place, NetlinkError(actions[place].attempt, kind, code, detail: detail))
    }
}
