import ArgumentParser
import Foundation
import MicroChatWire

/// Looking at the protocol's bytes.
struct Wire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look inside the protocol.", subcommands: [Decode.self])

    struct Decode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Say what is in captured bytes: one JSON object for each frame, HTTP message or packet.",
            discussion: """
                The input is what TCP carried in one direction: frames of the long link, requests or answers of the \
                short link, or one packet by itself. It may be raw bytes or hex text: plain digits, with or without \
                spaces, line breaks, ':', ',' and 0x; or a dump with offsets, as xxd, hexdump -C, tcpdump -x (whose \
                IP and TCP headers are skipped; segments must be in order and sent once) and Wireshark's "Copy as Hex \
                Dump" print it.

                With --key, bodies are decrypted and shown with the names of their fields; bytes in base64, 64-bit \
                numbers as strings, as protobuf's JSON has them. Everything else that is bytes is in hex digits. Keys, \
                passwords and login tickets inside messages are not shown. A login's request can't be opened; its answer \
                opens with the client key that the request carried. Other users of the machine can see a command line, \
                but not what --key-file names.

                Exits with 1 if something makes no sense; what could be read is printed all the same.
                """)

        @Option(
            name: .customLong("key"),
            help: "A session key: 32 hex digits or 16 printable characters. May be given again.")
        var keys: [String] = []

        @Option(name: .customLong("key-file"), help: "A file with such keys, one a line.") var keyFile:
            String?

        @Flag(name: .customLong("json"), help: "Print JSON, which it always does.") var json = false

        @Argument(help: "The file to read; - is standard input.") var file = "-"

        func run() async throws {
            var texts = keys
            if let keyFile {
                texts += String(decoding: try Self.read(keyFile), as: UTF8.self).split(
                    whereSeparator: \.isNewline
                )
                .map(String.init)
            }
            let inspection = StreamInspection(keys: try texts.map(Self.key))
            let input = try Self.read(file)
            do {
                try inspection.inspect(Array(input)) { print(try JSONLine.text($0)) }
            } catch let fault as InspectionFault {
                throw Failure(fault.description)
            }
        }

        private static func read(_ path: String) throws -> Data {
            if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
            do {
                return try Data(contentsOf: URL(fileURLWithPath: path))
            } catch {
                throw Failure("\(path) cannot be read")
            }
        }

        /// Never says what it was given: it may be a key with a typing mistake.
        private static func key(_ text: String) throws -> SymmetricKey {
            guard let key = SymmetricKey(text: text) else {
                throw Failure("expected a key of 32 hex digits or 16 printable characters")
            }
            return key
        }
    }
}
