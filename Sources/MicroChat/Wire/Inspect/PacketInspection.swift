import NIOCore
import SwiftProtobuf

/// What is in a packet, with keys that may open it (MicroChat wire protocol, sections 6 to 8).
struct PacketInspection {
    /// Whose the packet is. A packet by itself does not say: a request has a client version there, which is positive, a
    /// response a status, which is 0 or negative.
    enum Direction: String {
        case request
        case response
    }

    let keys: [SymmetricKey]

    /// Reads a packet.
    ///
    /// - Parameters:
    ///   - offset: of its first byte in the input.
    ///   - shape: the call, if the frame or the path says; else the packet's type number does.
    /// - Throws: a fault if the header does not add up.
    func inspect(
        _ bytes: [UInt8], at offset: Int, call shape: CallShape?, direction: Direction?
    ) throws(InspectionFault) -> InspectedValue {
        let packet: Packet
        do throws(WireError) {
            packet = try Packet(reading: ByteBuffer(bytes: bytes))
        } catch {
            throw InspectionFault(offset: offset, text: error.expectation)
        }
        let direction = direction ?? (packet.versionOrStatus > 0 ? .request : .response)
        let shape = shape ?? CallShape.of(type: packet.type)
        let headerLength = bytes.count - packet.body.count
        var value: InspectedValue = [
            "marker": .bool(packet.hasMarker), "header_length": .init(headerLength),
            "compressed": .bool(packet.isCompressed), "cipher": .init(packet.cipher.rawValue),
            "cipher_name": .string(name(of: packet.cipher)), "cookie": .init(hex: packet.cookie.bytes),
            "uin": .init(packet.uin), "type": .init(packet.type.rawValue),
            "raw_length": .init(packet.rawLength), "packed_length": .init(packet.packedLength),
            "tail": .init(hex: packet.tail), "body_length": .init(packet.body.count),
            "direction": .string(direction.rawValue),
        ]
        value[direction == .request ? "client_version" : "status"] = .init(packet.versionOrStatus)
        if let shape { value["call"] = .string(shape.name) }
        if packet.cipher.isRSA {
            try describeSealed(packet, at: offset + headerLength, call: shape, in: &value)
        } else if packet.cipher == .aes {
            open(packet, call: shape, direction: direction, in: &value)
        }
        return value
    }

    private func name(of cipher: Cipher) -> String {
        switch cipher {
        case .none: "none"
        case .aes: "AES"
        case .rsa, .rsaLogin: "RSA"
        default: "unknown"
        }
    }

    /// Nobody but the server can open these: only how they are made is shown (section 8.1).
    private func describeSealed(
        _ packet: Packet, at offset: Int, call: CallShape?, in value: inout InspectedValue
    ) throws(InspectionFault) {
        value["key_version"] = .init(packet.keyVersion)
        guard call?.name == Call.manualAuth.name else { return }
        var body = ByteBuffer(bytes: packet.body)
        guard let (account, device, sealed) = body.readMultipleIntegers(as: (UInt32, UInt32, UInt32).self),
            Int(sealed) <= body.readableBytes
        else { throw InspectionFault(offset: offset, text: WireError.login.expectation) }
        value["login"] = [
            "account_length": .init(account), "device_length": .init(device),
            "sealed_account_length": .init(sealed),
            "sealed_device_length": .init(body.readableBytes - Int(sealed)),
        ]
    }

    /// Tries each key; which one fits is told by padding and length, and what does not open stays closed.
    private func open(
        _ packet: Packet, call: CallShape?, direction: Direction, in value: inout InspectedValue
    ) {
        guard !keys.isEmpty else { return }
        guard let plaintext = keys.lazy.compactMap({ try? packet.openBody(with: $0) }).first else {
            value["closed"] = "none of the keys opens it"
            return
        }
        guard let call else {
            value["plaintext"] = .init(hex: plaintext)
            return
        }
        do throws(WireError) {
            let type = direction == .request ? call.request : call.response
            value["message_name"] = .string(String(type.protoMessageName.split(separator: ".").last ?? ""))
            value["message"] = try MessageInspection.json(type, plaintext: plaintext)
        } catch {
            value["plaintext"] = .init(hex: plaintext)
            value["closed"] = .string(error.expectation)
        }
    }
}
