/// The bot's webhooks by path and method. A table never changes: whoever holds one serves a whole call by it.
package struct WebhookTable: Sendable {
    private let byPath: [String: [String: WebhookEndpoint]]

    /// A table without endpoints.
    package init() { byPath = [:] }

    /// A table of endpoints. Several rules may share one, so the same endpoint may be named twice.
    ///
    /// - Throws: if two endpoints with the same path and method differ in who may call or what callers are told.
    package init(_ endpoints: some Sequence<WebhookEndpoint>) throws(WebhookMistake) {
        var byPath: [String: [String: WebhookEndpoint]] = [:]
        for endpoint in endpoints {
            let other = byPath[endpoint.path, default: [:]].updateValue(endpoint, forKey: endpoint.method)
            guard other == nil || other == endpoint else {
                throw WebhookMistake(
                    "\(endpoint.method) \(endpoint.path) is described twice, with different secrets or replies."
                )
            }
        }
        self.byPath = byPath
    }

    /// Whether nothing can be called.
    package var isEmpty: Bool { byPath.isEmpty }

    /// The endpoints of a path by their methods; nil if there are none.
    func endpoints(at path: String) -> [String: WebhookEndpoint]? { byPath[path] }
}
