import Foundation
import Glibc

extension Source {
    /// Reads a file, no further than a little over the size that is allowed.
    convenience init(readingFrom path: String, showsLines: Bool = true) throws(RulesFileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            throw Self.unreadable(path, because: unsafe String(cString: strerror(errno)))
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let data: Data?
        do {
            data = try handle.read(upToCount: YAML.maximumBytes + 1)
        } catch {
            throw Self.unreadable(path, because: "it is not a file, or its disk fails")
        }
        try self.init(name: path, bytes: [UInt8](data ?? Data()), showsLines: showsLines)
    }

    /// Takes bytes that must be UTF-8, and no more than 4 MiB.
    convenience init(name: String, bytes: [UInt8], showsLines: Bool = true) throws(RulesFileError) {
        if bytes.count > YAML.maximumBytes {
            throw RulesFileError(findings: [
                Finding(file: name, position: nil, message: "the file is larger than 4 MiB")
            ])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let valid = Self.lengthOfValidStart(of: bytes)
            throw RulesFileError(findings: [
                Finding(
                    file: name, position: Self.position(ofByte: valid, in: bytes),
                    message: "the file is not UTF-8 text here")
            ])
        }
        self.init(name: name, text: text, showsLines: showsLines)
    }

    private static func unreadable(_ path: String, because reason: String) -> RulesFileError {
        RulesFileError(findings: [
            Finding(file: path, position: nil, message: "the file cannot be read: \(reason)")
        ])
    }

    private static func lengthOfValidStart(of bytes: [UInt8]) -> Int {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var length = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { length += UTF8.width(scalar) }
        return length
    }
}

extension Reading {
    /// The root of one of the files as YAML; nil, and noted, if it is not YAML or empty.
    func root(file: Int = 0) -> Node? {
        var start = Position(line: 1, column: 1)
        start.file = file
        do {
            if let root = try YAML.read(file: file, in: self), !root.isBlank { return root }
            error("the file is empty", at: start)
        } catch {
            var position = error.position
            position.file = file
            self.error(error.message, at: position)
        }
        return nil
    }
}
