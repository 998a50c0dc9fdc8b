/// What is remembered from one invocation to the next: the same variables that rules have as `vars`, and set with `set`.
///
/// What a handler reads is a consistent picture; what it writes takes effect with all else that it wants. If somebody has
/// changed a variable meanwhile that the handler writes, it is asked anew with what is there now: so counting is right
/// however many count at once.
public struct Memory: Sendable {
    fileprivate let context: Context
    fileprivate let scope: MemoryChange.Scope

    /// A variable; nil forgets it.
    public subscript(_ name: String) -> Value? {
        get { context.remembered(scope, name) }
        nonmutating set { context.remember(MemoryChange(scope: scope, name: name, value: newValue)) }
    }

    /// A variable as something of another type.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: `Failure` if it has another shape.
    public func get<Result: Decodable>(_ name: String, as type: Result.Type = Result.self) throws -> Result? {
        guard let value = self[name] else { return nil }
        do {
            return try value.decoded(as: type)
        } catch {
            throw Failure("what is remembered as '\(name)' is no \(type): \(error)")
        }
    }

    /// Sets a variable to anything that can encode itself.
    ///
    /// - Parameter lifetime: how long it is remembered; nil for ever.
    /// - Throws: what its `encode(to:)` throws.
    public func set(_ name: String, to value: some Encodable, for lifetime: Duration? = nil) throws {
        context.remember(
            MemoryChange(
                scope: scope, name: name, value: try Value(encoding: value), expires: lifetime?.inSeconds))
    }

    /// Forgets a variable.
    public func remove(_ name: String) { self[name] = nil }
}

extension Context {
    /// What is remembered about the chat of the event.
    public var chatMemory: Memory { Memory(context: self, scope: .chat) }

    /// What is remembered about the sender, in whatever chat.
    public var senderMemory: Memory { Memory(context: self, scope: .sender) }

    /// What is remembered for the whole account.
    public var botMemory: Memory { Memory(context: self, scope: .bot) }

    fileprivate func remembered(_ scope: MemoryChange.Scope, _ name: String) -> Value? {
        let change = withWishes { $0.memory.first { $0.scope == scope && $0.name == name } }
        let value =
            if let change {
                change.value
            } else {
                switch scope {
                case .chat: given.chat[name]
                case .sender: given.sender[name]
                case .bot: given.bot[name]
                }
            }
        return value == .missing ? nil : value
    }

    fileprivate func remember(_ change: MemoryChange) {
        withWishes { wishes in
            wishes.memory.removeAll { $0.scope == change.scope && $0.name == change.name }
            wishes.memory.append(change)
        }
    }
}
