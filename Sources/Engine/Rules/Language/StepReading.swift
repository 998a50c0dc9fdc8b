import BotKit

/// Makes a program of the steps of a rule.
struct StepCompiler {
    let reading: Reading
    let context: RuleContext
    private(set) var program = Program()
    /// Where the steps begin that the rule falls back on; they are compiled last.
    private var unhandled: [Int] = []
    private var depth = 0

    /// Steps within steps, at most.
    private static let deepest = 8

    init(_ reading: Reading, _ context: RuleContext) {
        self.reading = reading
        self.context = context
    }

    /// Compiles a list of steps and, behind them, what to do where one fails.
    mutating func compile(_ steps: Node, onError: Node?, label: String) {
        block(steps, label: label)
        let mayTimeOut = program.canWait
        guard let onError, !unhandled.isEmpty || mayTimeOut else { return }
        let end = program.instructions.count
        program.instructions.append(.go(to: 0))
        let start = program.instructions.count
        program.handler = start
        for place in unhandled { setHandler(start, at: place) }
        // What fails in here ends the run.
        unhandled = []
        block(onError, label: "on_error")
        program.instructions[end] = .go(to: program.instructions.count)
    }

    /// Where the step that stands there goes on if it fails.
    private mutating func setHandler(_ handler: Int, at place: Int, isOwn: Bool = false) {
        switch program.instructions[place] {
        case .act(var step):
            step.onError = handler
            step.hasOwnHandler = isOwn
            program.instructions[place] = .act(step)
        case .ask(var question):
            question.onError = handler
            program.instructions[place] = .ask(question)
        default: break
        }
    }

    private mutating func block(_ node: Node, label: String) {
        let items = reading.list(node)
        if items.isEmpty { reading.error("expected at least a step", at: node.position) }
        depth += 1
        defer { depth -= 1 }
        if depth > Self.deepest {
            return reading.error("steps are nested more than \(Self.deepest) deep here", at: node.position)
        }
        for (number, item) in items.enumerated() { step(item, label: "\(label) \(number + 1)") }
    }

    private mutating func step(_ node: Node, label: String) {
        guard let fields = Fields(node, .step, in: reading) else { return }
        let heads = Keys.stepHeads.filter { fields[$0] != nil }
        guard let head = heads.first, let value = fields[head] else {
            if fields.isEmpty || !fields.hasProblems {
                reading.error("expected a step, such as reply", at: node.position)
            }
            return
        }
        if heads.count > 1, let entry = fields.entry(heads[1]) {
            reading.error(
                "a step is one thing, this one is \(heads[0]) already; put each into an item of the list",
                at: entry.keyPosition)
        }
        if head != "call" {
            for key in Keys.callKeys {
                guard let entry = fields.entry(key) else { continue }
                reading.error("'\(key)' goes with call", at: entry.keyPosition)
            }
        }
        var skip: Int?
        if let conditions = fields["if"] {
            skip = program.instructions.count
            program.instructions.append(.unless(reading.conditions(conditions, context), goTo: 0))
        }
        switch head {
        case "choose": choose(value, label: label)
        case "repeat": loop(value, label: label)
        case "wait":
            if let length = reading.waitLength(value, context, label: label) {
                program.instructions.append(.wait(length))
            }
        case "ask": ask(value, fields, label: fields["id"].flatMap(reading.identifier) ?? label)
        case "stop":
            let reason = value.isBlank ? nil : reading.template(value, for: context.bot)
            program.instructions.append(.stop(reason))
        default: act(head, value, fields, label: fields["id"].flatMap(reading.identifier) ?? label)
        }
        if let skip, case .unless(let conditions, _) = program.instructions[skip] {
            program.instructions[skip] = .unless(conditions, goTo: program.instructions.count)
        }
    }

    private mutating func act(_ head: String, _ value: Node, _ fields: Fields, label: String) {
        let act =
            switch head {
            case "call": reading.call(value, fields, context)
            case "broadcast": reading.broadcast(value, context, label: label)
            default: reading.act(head, value, context)
            }
        guard let act else { return }
        let place = program.instructions.count
        var step = Step(act: act, label: label)
        step.saveAs = fields["save_as"].flatMap(reading.variableName)
        program.instructions.append(.act(step))
        handle(fields["on_error"], of: place, label: label)
    }

    /// What to do where the step at `place`, the last one so far, fails.
    private mutating func handle(_ handler: Node?, of place: Int, label: String) {
        guard let handler else { return unhandled.append(place) }
        let over = program.instructions.count
        program.instructions.append(.go(to: 0))
        setHandler(program.instructions.count, at: place, isOwn: true)
        let outer = unhandled
        block(handler, label: "\(label) on_error")
        unhandled = outer
        program.instructions[over] = .go(to: program.instructions.count)
    }

    private mutating func ask(_ node: Node, _ fields: Fields, label: String) {
        guard let keys = Fields(node, .ask, in: reading),
            var question = reading.question(keys, context, label: label)
        else { return }
        let place = program.instructions.count
        program.instructions.append(.ask(question))
        if let steps = keys["on_timeout"] {
            let over = program.instructions.count
            program.instructions.append(.go(to: 0))
            question.onTimeout = program.instructions.count
            program.instructions[place] = .ask(question)
            block(steps, label: "\(label) on_timeout")
            // What follows the question counts on an answer.
            program.instructions.append(.stop(nil))
            program.instructions[over] = .go(to: program.instructions.count)
        }
        handle(fields["on_error"], of: place, label: label)
    }

    private mutating func choose(_ node: Node, label: String) {
        let branches = reading.list(node)
        if branches.isEmpty {
            reading.error("expected at least a branch with if and then", at: node.position)
        }
        var ends: [Int] = []
        for (number, branch) in branches.enumerated() {
            guard let fields = Fields(branch, .branch, in: reading) else { continue }
            if let last = fields["else"] {
                if number < branches.count - 1 {
                    reading.error("else must be the last branch", at: branch.position)
                }
                for key in ["if", "then"] where fields[key] != nil {
                    reading.error("'\(key)' has no place beside else", at: branch.position)
                }
                block(last, label: "\(label) else")
                continue
            }
            guard let conditions = fields.required("if"), let steps = fields.required("then") else {
                continue
            }
            let test = program.instructions.count
            let checks = reading.conditions(conditions, context)
            program.instructions.append(.unless(checks, goTo: 0))
            block(steps, label: "\(label) branch \(number + 1)")
            ends.append(program.instructions.count)
            program.instructions.append(.go(to: 0))
            program.instructions[test] = .unless(checks, goTo: program.instructions.count)
        }
        for end in ends { program.instructions[end] = .go(to: program.instructions.count) }
    }

    private mutating func loop(_ node: Node, label: String) {
        guard let fields = Fields(node, .loop, in: reading), let steps = fields.required("do") else { return }
        let source: Loop.Source
        switch (fields["times"], fields["for_each"]) {
        case (let times?, nil):
            guard let count = reading.count(times, in: 1...Loop.maximumRounds) else { return }
            source = .times(count)
        case (nil, let each?):
            guard let name = fields.required("as").flatMap(reading.variableName),
                let list = reading.template(each, for: context.bot)
            else { return }
            source = .each(list, as: name)
        default:
            return reading.error("expected either times, or for_each and as", at: node.position)
        }
        let start = program.instructions.count
        program.instructions.append(.loop(Loop(source: source), exit: 0))
        block(steps, label: label)
        program.instructions.append(.again(start))
        program.instructions[start] = .loop(Loop(source: source), exit: program.instructions.count)
    }
}
