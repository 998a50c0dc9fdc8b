/// Makes nodes of events, within bounds.
struct YAMLComposer {
    let reading: Reading
    /// Which of the reading's files this is.
    let file: Int
    private var anchors: [String: Anchored] = [:]
    private var count = 0

    init(reading: Reading, file: Int) {
        self.reading = reading
        self.file = file
    }

    /// A place in this file.
    private func here(_ position: Position) -> Position {
        var position = position
        position.file = file
        return position
    }

    /// A node that may be repeated by an alias, with what a repetition costs.
    private struct Anchored {
        let node: Node
        let size: Int
        let height: Int
    }

    mutating func compose(_ events: inout YAMLEvents) throws(YAMLError) -> Node? {
        var root: Node?
        while true {
            switch try events.next() {
            case .end: return root
            case .documentStart where root != nil:
                throw YAMLError("a file holds one document, a second one starts here", at: events.position)
            case .documentStart: root = try node(try events.next(), &events, depth: 1).node
            default: continue
            }
        }
    }

    private mutating func node(
        _ event: YAMLEvents.Event, _ events: inout YAMLEvents, depth: Int
    ) throws(YAMLError) -> Anchored {
        let position = here(events.position)
        let anchor = events.anchor
        let start = count
        try take(1, at: position)
        var height = 1
        let content: Node.Content
        switch event {
        case .alias(let name):
            guard let anchored = anchors[name] else {
                throw YAMLError("there is no anchor &\(name) above", at: position)
            }
            try take(anchored.size, at: position)
            try check(depth: depth + anchored.height - 1, at: position)
            return anchored
        case .scalar(let scalar): content = .scalar(scalar)
        case .listStart:
            try check(depth: depth, at: position)
            var items: [Node] = []
            while true {
                let event = try events.next()
                if case .listEnd = event { break }
                let item = try node(event, &events, depth: depth + 1)
                height = max(height, item.height + 1)
                items.append(item.node)
            }
            content = .list(items)
        case .mapStart:
            try check(depth: depth, at: position)
            let map = try map(&events, at: position, depth: depth)
            height = map.height
            content = .map(map.entries)
        default: throw YAMLError("this is not YAML", at: position)
        }
        let made = Anchored(
            node: Node(position: position, content: content), size: count - start, height: height)
        if let anchor { anchors[anchor] = made }
        return made
    }

    private mutating func map(
        _ events: inout YAMLEvents, at start: Position, depth: Int
    ) throws(YAMLError) -> (entries: [Node.Entry], height: Int) {
        var entries: [Node.Entry] = []
        var lines: [String: Int] = [:]
        var height = 1
        while true {
            let event = try events.next()
            if case .mapEnd = event { return (entries, height) }
            let position = here(events.position)
            let key = try node(event, &events, depth: depth + 1).node
            let value = try node(try events.next(), &events, depth: depth + 1)
            height = max(height, value.height + 1)
            guard case .scalar(let scalar) = key.content else {
                reading.error(
                    "a key must be a text; a text that starts with { needs quotes around it", at: position,
                    losingValueAt: start)
                continue
            }
            if let line = lines[scalar.text] {
                reading.error(
                    "the key \(quoted(scalar.text)) stands here twice, first in line \(line)", at: position)
                continue
            }
            lines[scalar.text] = position.line
            entries.append(Node.Entry(key: scalar.text, keyPosition: position, value: value.node))
        }
    }

    private mutating func take(_ nodes: Int, at position: Position) throws(YAMLError) {
        count += nodes
        if count > YAML.maximumNodes {
            throw YAMLError("the file holds more than 200,000 values, aliases counted", at: position)
        }
    }

    private func check(depth: Int, at position: Position) throws(YAMLError) {
        if depth > YAML.maximumNesting {
            throw YAMLError("lists and maps are nested more than 32 deep here", at: position)
        }
    }
}
