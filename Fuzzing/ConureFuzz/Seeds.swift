import Foundation

/// What the fuzzer begins with: the bytes of the protocol's vectors, in the form that each target reads.
struct Seeds {
    /// The fields of a vector that are bytes, in hex. Which are there depends on the group.
    private struct Vector: Decodable {
        var group: String
        var packed: String?
        var stream: String?
        var plain: String?
        var message: String?
        var report_body: String?
        var account_block: String?
        var device_block: String?
    }

    private struct File: Decodable { var vectors: [Vector] }

    private var seeds: [String: [[UInt8]]] = [:]

    init(vectors path: String) throws {
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        for vector in file.vectors { add(vector) }
    }

    /// One folder for each target.
    func write(into folder: String) throws {
        for name in Target.all.keys {
            let own = URL(fileURLWithPath: folder).appendingPathComponent(name)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            for (number, bytes) in seeds[name, default: []].enumerated() {
                try Data(bytes).write(to: own.appendingPathComponent("seed-\(number)"))
            }
        }
    }

    private mutating func add(_ vector: Vector) {
        if let packed = bytes(vector.packed) {
            switch vector.group {
            case "frame", "frame-invalid": seeds["frames", default: []].append([0xFF] + packed)
            case "varint", "varint-invalid": seeds["varint", default: []].append(packed)
            case "sync-key": seeds["sync-key", default: []].append(packed)
            default: seeds["packet", default: []].append(packed)
            }
            if vector.group == "login-request" { seeds["login-request", default: []].append([0] + packed) }
            if vector.group == "login-response" { seeds["login-answer", default: []].append([0] + packed) }
        }
        if let stream = bytes(vector.stream) {
            seeds["frames", default: []] += [1, 7, 0xFF].map { [$0] + stream }
        }
        if let report = bytes(vector.report_body) { seeds["report", default: []].append(report) }
        if let account = bytes(vector.account_block), let device = bytes(vector.device_block) {
            let length = [UInt8(account.count >> 8 & 0xFF), UInt8(account.count & 0xFF)]
            seeds["login-request", default: []].append([1, 0, 0, 0, 0] + length + account + device)
        }
        if vector.group == "login-response", let plain = bytes(vector.plain) {
            seeds["login-answer", default: []] += [[1] + plain, [3] + plain]
        }
        let isMessage = ["login-response", "newsync-request", "newsync-response", "protobuf"].contains(
            vector.group)
        let plains = [
            isMessage ? vector.plain : nil, vector.message, vector.account_block, vector.device_block,
        ]
        for plain in plains.compactMap(bytes) {
            // Which message it is the fuzzer finds out: it is given to each.
            for number in everyMessage.indices {
                seeds["messages", default: []].append([UInt8(truncatingIfNeeded: number)] + plain)
            }
        }
    }

    private func bytes(_ hex: String?) -> [UInt8]? {
        guard let hex else { return nil }
        let digits = Array(hex)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
    }
}
