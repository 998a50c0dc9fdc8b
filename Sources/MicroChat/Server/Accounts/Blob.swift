import FoundationEssentials

extension [UInt8] {
    /// The bytes in the type that the database and protobuf speak.
    var blob: Data { Data(self) }
}
