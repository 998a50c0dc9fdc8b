import ServiceLifecycle
package import Store

/// Notices what other processes have put into the store: the owner's commands work beside a running bot.
package struct OutsideWatch: Service {
    let store: Store
    let changed: @Sendable () -> Void

    /// A look costs SQLite a few bytes of shared memory.
    private static let period = Duration.milliseconds(250)

    /// - Parameter changed: called after another process has changed something.
    package init(store: Store, changed: @escaping @Sendable () -> Void) {
        self.store = store
        self.changed = changed
    }

    package func run() async throws {
        try await untilShutdown {
            var known = try await store.outsideVersion()
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.period)
                let version = try await store.outsideVersion()
                if version != known { changed() }
                known = version
            }
        }
    }
}
