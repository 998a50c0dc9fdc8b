import Foundation
import Testing

/// One entry of the protocol's vector file. Which fields are there depends on the group.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    var group: String
    var what: String
    var packed: Hex?
    var cmd: UInt32?
    var seq: UInt32?
    var head_len: Int?
    var body: Hex?
    var stream: Hex?
    var rest: Hex?
    var frames: [FrameFields]?
    var value: UInt32?
    var key: Hex?
    var plain: Hex?
    var cipher: Either?
    var scalar_a: Hex?
    var scalar_b: Hex?
    var public_a: Hex?
    var public_b: Hex?
    var shared_x: Hex?
    var marker: Bool?
    var header_len: Int?
    var compressed: Bool?
    var version_or_status: Int32?
    var uin: Int32?
    var cookie: Hex?
    var cgi: UInt32?
    var raw_len: UInt32?
    var packed_len: UInt32?
    var rsa_version: UInt32?
    var values: [String: Int64]?
    var report_body: Hex?
    var user: String?
    var password: String?
    var password_md5: String?
    var client_key: Hex?
    var client_scalar: Hex?
    var account_block: Hex?
    var device_block: Hex?
    var frame: Hex?
    var server_scalar: Hex?
    var shared_key: Hex?
    var sealed_session_key: Hex?
    var session_key: Hex?
    var message: Hex?
    var content: String?

    var testDescription: String { what }

    /// Bytes written as hex digits.
    struct Hex: Decodable {
        var bytes: [UInt8]

        init(from decoder: any Decoder) throws {
            bytes = try Self.bytes(decoder.singleValueContainer().decode(String.self), decoder)
        }

        static func bytes(_ digits: String, _ decoder: any Decoder) throws -> [UInt8] {
            let digits = Array(digits)
            return try stride(from: 0, to: digits.count, by: 2).map { start in
                guard let byte = UInt8(String(digits[start..<start + 2]), radix: 16) else {
                    throw DecodingError.dataCorrupted(
                        .init(codingPath: decoder.codingPath, debugDescription: "hex"))
                }
                return byte
            }
        }
    }

    /// A field that is a number in one group and bytes in others.
    struct Either: Decodable {
        var number: UInt8?
        var bytes: [UInt8] = []

        init(from decoder: any Decoder) throws {
            number = try? decoder.singleValueContainer().decode(UInt8.self)
            if number == nil { bytes = try Hex(from: decoder).bytes }
        }
    }

    /// Command, sequence number and body of a frame, written as a list.
    struct FrameFields: Decodable {
        var command: UInt32
        var sequence: UInt32
        var body: [UInt8]

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            command = try list.decode(UInt32.self)
            sequence = try list.decode(UInt32.self)
            body = try list.decode(Hex.self).bytes
        }
    }
}

/// The protocol's vector file.
struct VectorFile: Decodable, Sendable {
    var rsa_private_key_pem: String
    var vectors: [Vector]

    static let shared: VectorFile = {
        do {
            let folder = try #require(Bundle.module.url(forResource: "Vectors", withExtension: nil))
            let file = folder.appendingPathComponent("microchat-vectors.json")
            return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: file))
        } catch {
            Issue.record(error)
            return VectorFile(rsa_private_key_pem: "", vectors: [])
        }
    }()

    static func vectors(_ group: String) -> [Vector] { shared.vectors.filter { $0.group == group } }
}
