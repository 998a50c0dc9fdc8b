import FoundationEssentials

/// Text and bytes in the little messages that the protocol boxes them in.
extension Microchat_StringBox {
    /// A text in a box.
    package init(_ text: String) {
        self.init()
        value = text
    }
}

extension Microchat_BytesBox {
    /// Bytes in a box, their length beside them: both are always sent.
    package init(_ bytes: [UInt8]) {
        self.init()
        length = UInt32(clamping: bytes.count)
        data = Data(bytes)
    }

    /// What is in the box.
    package var bytes: [UInt8] { Array(data) }
}

extension Microchat_ResultHeader {
    /// An outcome, perhaps with a reason for people (MicroChat wire protocol, section 9).
    package init(_ code: ResultCode, notice: ErrorNotice? = nil) {
        self.init()
        self.code = code.rawValue
        message = Microchat_StringBox()
        if let notice { message.value = notice.xml }
    }

    /// The outcome.
    package var result: ResultCode { ResultCode(rawValue: code) }

    /// The reason for people; nil if none was sent.
    package var notice: ErrorNotice? {
        message.value.isEmpty ? nil : ErrorNotice(xml: message.value)
    }
}
