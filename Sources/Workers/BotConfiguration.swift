/// A program with handlers: what runs, how many at once, and what it may do.
package struct BotConfiguration: Hashable, Sendable {
    /// What it is called, in rules and in the log.
    package var name: String
    /// The path of its executable.
    package var executable: String
    package var arguments: [String]
    /// Where it runs: relative paths begin there. Empty: where this process does.
    package var folder: String
    /// What it has in its environment, besides where it finds programs and what language it speaks.
    package var environment: [String: String]
    /// Processes at most.
    package var concurrency: Int
    /// How much processor time an invocation may take; nil: as much as it likes until its time-out.
    package var processorTime: Duration?
    package var rights: WorkerRights

    package init(
        name: String, executable: String, arguments: [String] = [], folder: String = "",
        environment: [String: String] = [:],
        concurrency: Int = 1, processorTime: Duration? = nil, rights: WorkerRights = WorkerRights()
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.folder = folder
        self.environment = environment
        self.concurrency = concurrency
        self.processorTime = processorTime
        self.rights = rights
    }
}

/// What a worker's process may do, as far as the kernel lets us say so.
package struct WorkerRights: Hashable, Sendable, Codable {
    /// Bytes that it may take for itself.
    package var memory: Int64
    /// Whether it may open sockets.
    package var network: Bool
    /// Whether it may start other processes.
    package var processes: Bool
    /// Files and folders that it may read, besides the system's; empty: all but those in `hidden`.
    package var reads: [String]
    /// Files and folders that it may change, besides its own folder.
    package var writes: [String]
    /// Its own folder; empty for none.
    package var folder: String
    /// A folder that it must not look into.
    package var hidden: String

    package static let usualMemory: Int64 = 512 << 20

    package init(
        memory: Int64 = WorkerRights.usualMemory, network: Bool = false, processes: Bool = false,
        reads: [String] = [], writes: [String] = [], folder: String = "", hidden: String = ""
    ) {
        self.memory = memory
        self.network = network
        self.processes = processes
        self.reads = reads
        self.writes = writes
        self.folder = folder
        self.hidden = hidden
    }
}

/// Which of its limits are in force for a worker: what the kernel does not know, it does not enforce.
package struct Isolation: Hashable, Sendable, Codable {
    /// Whether files are out of its reach that it may not have.
    package var files: Bool
    /// Whether sockets and processes are.
    package var calls: Bool

    package init(files: Bool, calls: Bool) {
        self.files = files
        self.calls = calls
    }
}
