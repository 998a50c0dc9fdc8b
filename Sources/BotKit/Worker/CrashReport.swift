import CSystemCalls.Backtrace
import Glibc

/// Says on standard error where a process was when it died of a mistake; Conure keeps that.
enum CrashReport {
    /// Frames at most.
    private static let depth: Int32 = 48

    /// Has it said of whatever ends the process by itself.
    static func install() {
        // The first call loads what it needs; in a process that is dying that could fail.
        var frame: UnsafeMutableRawPointer?
        _ = unsafe backtrace(&frame, 1)
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { signal in CrashReport.say(signal) }
            // Once: what goes wrong in here ends the process at once.
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
            unsafe sigaction(signal, &action, nil)
        }
    }

    private static func say(_ signal: Int32) {
        // Whatever is locked for ever, the process does not wait for it.
        alarm(2)
        unsafe withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: Int(depth)) {
            frames in
            guard let start = frames.baseAddress else { return }
            unsafe backtrace_symbols_fd(start, backtrace(start, depth), STDERR_FILENO)
        }
        raise(signal)
    }
}
