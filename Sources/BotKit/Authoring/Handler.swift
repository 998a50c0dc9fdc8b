/// One thing that a bot can do: a function from what has happened to what is to be done about it.
///
/// Rules call it by its name with `call`, or it hears of events by itself. Nothing that it wants takes effect before it
/// has returned, and then everything does or nothing: a handler that throws, hangs or crashes has done nothing. So it may
/// be run more than once for one event, and what it does to the outside world by itself (an HTTP call, say) must bear that.
///
/// ```swift
/// Handler("Orders.lookup", "Looks an order up", takes: .text("number")) { context, number in
///     try await order(number, context.http)
/// }
/// ```
public struct Handler: Sendable {
    package let declaration: HandlerDeclaration
    private let body: @Sendable (Context, [String: Value]) async throws -> Value?

    /// A handler that gives rules a value, which they get under `save_as`.
    ///
    /// - Parameters:
    ///   - name: what rules call it by: the bot's name first, such as `Orders.lookup`.
    ///   - summary: what it does, in one line, for `conure bot list`.
    ///   - subscriptions: what it hears of without a rule. Then it must not take anything that is required.
    ///   - arguments: what it takes; `conure check` compares the `with` of rules with them.
    ///   - body: what it does. It gets one value for each argument, in their order.
    public init<each Input: Sendable, Output: Encodable & Sendable>(
        _ name: String, _ summary: String = "", on subscriptions: Subscription...,
        takes arguments: repeat Parameter<each Input>,
        do body: @escaping @Sendable (Context, repeat each Input) async throws -> Output
    ) {
        var declared: [ArgumentDeclaration] = []
        repeat declared.append((each arguments).declaration)
        declaration = HandlerDeclaration(
            name: name, summary: summary, arguments: declared, on: subscriptions)
        self.body = { context, given in
            try Value(encoding: await body(context, repeat try (each arguments).value(in: given)))
        }
    }

    /// A handler that gives no value.
    ///
    /// - Parameters:
    ///   - name: what rules call it by: the bot's name first, such as `Orders.close`.
    ///   - summary: what it does, in one line, for `conure bot list`.
    ///   - subscriptions: what it hears of without a rule. Then it must not take anything that is required.
    ///   - arguments: what it takes; `conure check` compares the `with` of rules with them.
    ///   - body: what it does. It gets one value for each argument, in their order.
    public init<each Input: Sendable>(
        _ name: String, _ summary: String = "", on subscriptions: Subscription...,
        takes arguments: repeat Parameter<each Input>,
        do body: @escaping @Sendable (Context, repeat each Input) async throws -> Void
    ) {
        var declared: [ArgumentDeclaration] = []
        repeat declared.append((each arguments).declaration)
        declaration = HandlerDeclaration(
            name: name, summary: summary, arguments: declared, on: subscriptions)
        self.body = { context, given in
            try await body(context, repeat try (each arguments).value(in: given))
            return nil
        }
    }
}

extension Handler {
    /// Runs the handler once.
    ///
    /// - Parameter tools: what it can reach besides what it is told.
    package func outcome(of invocation: Invocation, with tools: HandlerTools) async -> HandlerOutcome {
        let context = Context(invocation, tools)
        do {
            let value = try await body(context, invocation.arguments)
            return context.outcome(value: value)
        } catch {
            return context.outcome(after: error)
        }
    }
}
