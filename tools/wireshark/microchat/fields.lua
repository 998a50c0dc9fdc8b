-- Every field that can be filtered for: those of frames and packets by hand, those of messages from the table.

local known = ...
if not known then return end

local ciphers = { [0] = "none", [1] = "RSA", [5] = "AES", [7] = "RSA (login)" }
local compressions = { [1] = "zlib", [2] = "not compressed" }

local fields = {
    total = ProtoField.uint32("microchat.total", "Total length"),
    header_length = ProtoField.uint16("microchat.header_length", "Header length"),
    version = ProtoField.uint16("microchat.version", "Version"),
    cmd = ProtoField.uint32("microchat.cmd", "Command"),
    name = ProtoField.string("microchat.name", "Name"),
    from_server = ProtoField.bool("microchat.from_server", "From server"),
    seq = ProtoField.uint32("microchat.seq", "Sequence number"),
    header_extra = ProtoField.bytes("microchat.header_extra", "Further header bytes"),
    body = ProtoField.bytes("microchat.body", "Body"),
    mask = ProtoField.uint32("microchat.push.mask", "What changed", base.HEX),
    reason = ProtoField.int32("microchat.quit.reason", "Reason"),
    microseconds = ProtoField.uint32("microchat.report.microseconds", "Microseconds"),
    key_length = ProtoField.uint32("microchat.report.key_length", "Length of the sync key"),
    packet = ProtoField.none("microchat.packet", "Packet"),
    marker = ProtoField.uint8("microchat.packet.marker", "Marker", base.HEX),
    packet_header = ProtoField.uint8("microchat.packet.header_length", "Header length", base.DEC, nil, 0xFC),
    compression = ProtoField.uint8("microchat.packet.compression", "Compression", base.DEC, compressions, 0x03),
    cipher = ProtoField.uint8("microchat.packet.cipher", "Cipher", base.DEC, ciphers, 0xF0),
    cookie_length = ProtoField.uint8("microchat.packet.cookie_length", "Cookie length", base.DEC, nil, 0x0F),
    client_version = ProtoField.int32("microchat.packet.client_version", "Client version"),
    status = ProtoField.int32("microchat.packet.status", "Status"),
    uin = ProtoField.int32("microchat.packet.uin", "uin"),
    cookie = ProtoField.bytes("microchat.packet.cookie", "Cookie"),
    type = ProtoField.uint32("microchat.packet.type", "Type"),
    call = ProtoField.string("microchat.packet.call", "Call"),
    raw_length = ProtoField.uint32("microchat.packet.raw_length", "Raw length"),
    packed_length = ProtoField.uint32("microchat.packet.packed_length", "Packed length"),
    tail = ProtoField.bytes("microchat.packet.tail", "Tail"),
    packet_body = ProtoField.bytes("microchat.packet.body", "Body (sealed)"),
    account_length = ProtoField.uint32("microchat.login.account_length", "Length of the account block"),
    device_length = ProtoField.uint32("microchat.login.device_length", "Length of the device block"),
    sealed_length = ProtoField.uint32("microchat.login.sealed_length", "Length of the sealed account block"),
    sealed_account = ProtoField.bytes("microchat.login.sealed_account", "Sealed account block (RSA)"),
    sealed_device = ProtoField.bytes("microchat.login.sealed_device", "Sealed device block (AES)"),
    other_number = ProtoField.uint64("microchat.other.number", "Unknown number"),
    other_bytes = ProtoField.bytes("microchat.other.bytes", "Unknown bytes"),
    message = ProtoField.string("microchat.message", "Message"),
}

local shapes = {}
local makers = {
    int = ProtoField.int64, uint = ProtoField.uint64, float = ProtoField.float,
    string = ProtoField.string, text = ProtoField.string, bytes = ProtoField.bytes,
}
for message, list in pairs(known.messages) do
    shapes[message] = {}
    for number, text in pairs(list) do
        local name, kind = text:match("^(%S+) (%S+)$")
        local field = (makers[kind] or ProtoField.none)("microchat." .. message .. "." .. name, name)
        fields[message .. "." .. name] = field
        shapes[message][number] = { name = name, kind = kind, field = field }
    end
end

return fields, shapes
