internal import HostNetwork

/// Steps and what must come before what; puts them into one order that is the same every time.
struct StepGraph {
    /// How a step stands to what is on the host; also the order of steps that are otherwise free.
    enum Character: Int, Comparable {
        /// Adds something; nobody loses anything.
        case builds
        /// Takes something away from somebody, to put it elsewhere. Sent after all before it was acknowledged, and alone but for
        /// the addresses and routes that wait for it: until they have moved, the host is deaf.
        case takes
        /// Takes away what is no longer needed, after its replacement stands.
        case clears
        /// Hands something to a service of the host's, when all that it is about stands.
        case hands

        static func < (left: Character, right: Character) -> Bool { left.rawValue < right.rawValue }
    }

    private struct Node {
        var step: Step
        var character: Character
        var followers: [Int] = []
        var openPredecessors = 0
    }

    private var nodes: [Node] = []

    /// How many steps there are.
    var count: Int { nodes.count }

    /// Adds a step and answers its number.
    mutating func add(_ step: Step, _ character: Character) -> Int {
        nodes.append(Node(step: step, character: character))
        return nodes.count - 1
    }

    /// What a step does.
    func actions(of number: Int?) -> [Action] { number.map { nodes[$0].step.actions } ?? [] }

    /// Orders two steps.
    mutating func require(_ first: Int?, before second: Int?) {
        guard let first, let second, first != second else { return }
        nodes[first].followers.append(second)
        nodes[second].openPredecessors += 1
    }

    /// All steps in order, each with its chunk; and the links of those that wait for one another in a circle.
    consuming func ordered() -> (steps: [Step], circular: [LinkName]) {
        var ready = Heap()
        for (number, node) in nodes.enumerated() where node.openPredecessors == 0 {
            ready.push(Heap.Item(character: node.character.rawValue, number: number))
        }
        var steps: [Step] = []
        steps.reserveCapacity(nodes.count)
        var chunk = 0
        var previous: Character?
        var isMoving = false
        while let item = ready.pop() {
            var step = nodes[item.number].step
            let character = nodes[item.number].character
            let follows = isMoving && character == .builds && step.movesLayer3
            if let previous, !follows, isMoving || previous != character || character == .takes { chunk += 1 }
            isMoving = character == .takes || follows
            previous = character
            step.chunk = chunk
            steps.append(step)
            for follower in nodes[item.number].followers {
                nodes[follower].openPredecessors -= 1
                if nodes[follower].openPredecessors == 0 {
                    ready.push(Heap.Item(character: nodes[follower].character.rawValue, number: follower))
                }
            }
        }
        let circular = nodes.filter { $0.openPredecessors > 0 }.map(\.step.subject)
        return (steps, circular)
    }

    /// A binary heap: the gentlest step first, then the one that was added first.
    private struct Heap {
        struct Item: Comparable {
            let character: Int
            let number: Int
            static func < (left: Item, right: Item) -> Bool {
                (left.character, left.number) < (right.character, right.number)
            }
        }

        private var items: [Item] = []

        mutating func push(_ item: Item) {
            items.append(item)
            var child = items.count - 1
            while child > 0, items[child] < items[(child - 1) / 2] {
                items.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }

        mutating func pop() -> Item? {
            guard let first = items.first else { return nil }
            let last = items.removeLast()
            guard !items.isEmpty else { return first }
            items[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in 2 * parent + 1...2 * parent + 2 where child < items.count && items[child] < items[least] {
                    least = child
                }
                if least == parent { return first }
                items.swapAt(parent, least)
                parent = least
            }
        }
    }
}

extension Step {
    /// Whether all that it does is to give links addresses and routes.
    fileprivate var movesLayer3: Bool {
        actions.allSatisfy { action in
            switch action {
            case .addAddress, .addRoute, .replaceRoute: true
            case .create, .change, .delete, .setVLANs, .removeVLANs, .addName, .removeName, .removeAddress, .removeRoute, .addRule, .removeRule, .restore, .forget, .service: false
            }
        }
    }
}
