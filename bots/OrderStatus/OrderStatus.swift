import BotKit

/// Asks a shop what has become of an order.
@main struct OrderStatus: Bot {
    static let handlers = [
        Handler("OrderStatus.lookup", "Asks the shop about an order", takes: .text("number")) {
            context, number in
            try await order(number, context)
        }
    ]

    /// What rules get under `save_as`.
    struct Order: Codable, Equatable {
        var number: String
        var state: String
        /// When it should arrive; nil if the shop does not say.
        var due: String?
    }

    private static func order(_ number: String, _ context: Context) async throws -> Order {
        guard let shop = context.environment["ORDERS_URL"] else {
            throw Failure("no shop is known: set ORDERS_URL for the bot in the rules file")
        }
        // It becomes part of an address.
        guard number.wholeMatch(of: #/[A-Za-z0-9-]{1,40}/#) != nil else {
            throw Failure("that is no order number")
        }
        var headers: [String: String] = ["Accept": "application/json"]
        if let key = context.environment["ORDERS_KEY"] { headers["Authorization"] = "Bearer \(key)" }
        let answer = try await context.http.get(
            shop.replacing("NUMBER", with: number), headers: headers, timeout: .seconds(3))
        if answer.status == 404 { throw Failure("there is no order \(number)") }
        return try answer.checked().json(as: Order.self)
    }
}
