import CSystemLibraries.OpenSSL

/// OpenSSL keeps the errors of a thread in a queue; an expected failure must not leave its own behind.
enum OpenSSLErrors {
    /// Empties the queue and returns the error to throw.
    static func cleared(_ error: WireError) -> WireError {
        ERR_clear_error()
        return error
    }
}
