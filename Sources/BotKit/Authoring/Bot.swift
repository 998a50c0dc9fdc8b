// Whoever writes a bot imports BotKit and nothing else, and still logs with the logger that everybody knows.
@_exported public import Logging

/// A program with handlers. Conure starts it, asks its handlers, and starts it anew when it dies.
///
/// ```swift
/// import BotKit
///
/// @main struct Echo: Bot {
///     static let handlers = [
///         Handler("Echo.back", on: .messages()) { context in
///             context.reply(context.text)
///         }
///     ]
/// }
/// ```
public protocol Bot {
    /// All that the program offers. Their names begin with the name that it has in the rules file.
    static var handlers: [Handler] { get }
}

extension Bot {
    /// Answers what Conure asks until Conure goes away. `@main` calls it.
    @concurrent public static func main() async {
        await WorkerProcess.run(handlers, of: String(describing: Self.self))
    }
}
