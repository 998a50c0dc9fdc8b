-- Packets (MicroChat wire protocol, section 6), and their bodies as far as keys open them (section 7).

local calls, fields, malformed, closed, keys, aes, protobuf = ...

local INFLATED_MAXIMUM = 16 * 1048576

local plaintexts = {}

-- A packet's header as a table; nil and a reason if it does not add up (section 6).
local function read_header(range)
    local h = { marker = range:len() > 0 and range(0, 1):uint() == 0xBF }
    local a = h.marker and 1 or 0
    if range:len() < a + 10 then return nil, "A packet's header is cut off" end
    local first, second = range(a, 1):uint(), range(a + 1, 1):uint()
    h.start, h.length, h.compression = a, math.floor(first / 4), first % 4
    h.cipher, h.cookie_length = math.floor(second / 16), second % 16
    if h.compression ~= 1 and h.compression ~= 2 then return nil, "Compression is neither 1 nor 2" end
    if h.length > range:len() or h.length < a + 10 + h.cookie_length then
        return nil, "A packet's header length does not fit"
    end
    h.version = range(a + 2, 4):int()
    local header, offset = range(0, h.length), a + 10 + h.cookie_length
    for _, name in ipairs({ "type", "raw_length", "packed_length" }) do
        local low, high, after = protobuf.varint(header, offset)
        if not low or high ~= 0 or after > offset + 5 then return nil, "A number in a packet's header is cut off" end
        h[name] = { value = low, offset = offset, length = after - offset }
        offset = after
    end
    h.tail = offset
    return h
end

-- The plaintext of a packet's body as a range of a new tab; nil if no key of its cookie fits.
local function open(body, h, cookie)
    local place = cookie .. body:bytes():tohex()
    local plain = plaintexts[place]
    if plain == nil then
        plain = false
        for _, key in ipairs(keys.by_cookie[cookie] or {}) do
            local packed = aes.open(key, body:raw())
            if packed and (h.compression == 1 or #packed == h.raw_length.value) then
                plain = packed
                break
            end
        end
        plaintexts[place] = plain
    end
    if not plain or #plain == 0 then return nil, plain == "" end
    local range = ByteArray.new(plain, true):tvb("MicroChat, decrypted"):range()
    if h.compression == 2 then return range end
    if h.raw_length.value > INFLATED_MAXIMUM then return nil end
    local inflate = rawget(TvbRange, "uncompress_zlib") or rawget(TvbRange, "uncompress")
    local worked, inflated = pcall(inflate, range, "MicroChat, inflated")
    return worked and inflated and inflated:len() == h.raw_length.value and inflated or nil
end

local function login_body(body, tree)
    if body:len() < 12 or 12 + body(8, 4):uint() > body:len() then
        return tree:add_proto_expert_info(malformed, "The lengths of a login's blocks do not fit")
    end
    local sealed = body(8, 4):uint()
    tree:add(fields.account_length, body(0, 4))
    tree:add(fields.device_length, body(4, 4))
    tree:add(fields.sealed_length, body(8, 4))
    if sealed > 0 then tree:add(fields.sealed_account, body(12, sealed)) end
    if 12 + sealed < body:len() then tree:add(fields.sealed_device, body(12 + sealed)) end
end

-- Adds a packet to a tree.
local function add(range, tree, call, is_response)
    local item = tree:add(fields.packet, range)
    local h, reason = read_header(range)
    if not h then return item:add_proto_expert_info(malformed, reason) end
    local a = h.start
    call = call or calls.by_type[h.type.value]
    if h.marker then item:add(fields.marker, range(0, 1)) end
    item:add(fields.packet_header, range(a, 1))
    item:add(fields.compression, range(a, 1))
    item:add(fields.cipher, range(a + 1, 1))
    item:add(fields.cookie_length, range(a + 1, 1))
    item:add(is_response and fields.status or fields.client_version, range(a + 2, 4))
    item:add(fields.uin, range(a + 6, 4))
    if h.cookie_length > 0 then item:add(fields.cookie, range(a + 10, h.cookie_length)) end
    for _, name in ipairs({ "type", "raw_length", "packed_length" }) do
        item:add(fields[name], range(h[name].offset, h[name].length), h[name].value)
    end
    if call then
        item:add(fields.call, range(h.type.offset, h.type.length), call.name):set_generated()
        item:append_text(": " .. call.name .. (is_response and " response" or " request"))
    end
    if h.tail < h.length then item:add(fields.tail, range(h.tail, h.length - h.tail)) end
    if h.length == range:len() then return end
    local body = range(h.length)
    item:add(fields.packet_body, body)
    if h.cipher ~= 5 then
        if call and call.name == "manualauth" then login_body(body, item) end
        return
    end
    local cookie = h.cookie_length > 0 and range(a + 10, h.cookie_length):bytes():tohex():lower() or ""
    local plain, is_empty = open(body, h, cookie)
    if plain then
        local name = call and (is_response and call.response or call.request and not is_response and call.request) or ""
        protobuf.message(plain, item:add(fields.message, plain, name), name, 0)
    elseif keys.by_cookie[cookie] and not is_empty and not (call and call.name == "manualauth") then
        -- A login's answer has the new cookie, but is under the client key.
        item:add_proto_expert_info(closed)
    end
end

-- Forgets what was opened, since the keys may be others now.
local function forget() plaintexts = {} end

return { add = add, read_header = read_header, forget = forget }
