import ArgumentParser

/// Something that a person has to know, in one line. `main` prints it after "Error:" and exits with 1.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
