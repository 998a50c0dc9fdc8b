package import Foundation
import Synchronization

/// Starts processes for tests of all targets, one after the other: Foundation has crashed where several threads did.
package enum StartingProcesses {
    private static let lock = Mutex(())

    /// Starts a process.
    package static func run(_ process: Process) throws {
        try lock.withLock { _ in try process.run() }
    }
}
