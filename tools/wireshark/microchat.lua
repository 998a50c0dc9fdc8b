-- Wireshark dissector for the MicroChat wire protocol: the long link's frames, the short link's HTTP bodies, and with
-- session keys the messages inside. See README.md beside this file.

local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or ""

-- A part of the dissector, given what it needs. Wireshark also runs the parts by themselves if they lie in its plugin
-- folder; they do nothing then.
local function part(name, ...) return assert(loadfile(here .. "microchat/" .. name .. ".lua"))(...) end

local ANSWER = 1000000000
local REPORT = 1000000190
local MAXIMUM = 1048576

local microchat = Proto("microchat", "MicroChat")
local short_link = Proto("microchat_short", "MicroChat short link")

local malformed = ProtoExpert.new("microchat.malformed", "Malformed", expert.group.MALFORMED, expert.severity.ERROR)
local closed = ProtoExpert.new("microchat.closed", "No key opens the body", expert.group.DECRYPTION, expert.severity.NOTE)
microchat.experts = { malformed, closed }

local aes = part("aes")
local known = part("messages")
local keys = part("keys")
local fields, shapes = part("fields", known)
microchat.fields = fields
local protobuf = part("protobuf", known, fields, shapes, malformed)

local by_type, by_command, by_name = {}, {}, {}
for _, row in ipairs(known.calls) do
    local call = { name = row[1], type = row[2], command = row[3], request = row[4], response = row[5] }
    by_type[call.type] = call
    by_name[call.name] = by_name[call.name] or call
    if call.command then by_command[call.command] = call end
end

local calls = { by_type = by_type, by_command = by_command, by_name = by_name }
local packet = part("packet", calls, fields, malformed, closed, keys, aes, protobuf)

microchat.prefs.ports = Pref.range("Ports of the long link", "8080",
    "Links on other ports are recognised by their first frame. What is no frame there is left to HTTP.", 65535)
microchat.prefs.keys = Pref.string("File with session keys", "",
    "One session a line: cookie and key in hex digits. If empty, MICROCHAT_KEYS names the file.")

-- Long link --------------------------------------------------------------------------------------------------------------

local function command_name(command)
    if known.commands[command] then return known.commands[command] end
    local request = command >= ANSWER and command - ANSWER or command
    local call = by_command[request]
    return call and call.name or known.commands[request]
end

-- Whether a frame's header may begin here (section 4).
local function is_frame(buffer, offset)
    local total, header = buffer(offset, 4):uint(), buffer(offset + 4, 2):uint()
    return total <= MAXIMUM and header >= 16 and header <= total and buffer(offset + 6, 2):uint() == 1
end

local function report(body, tree)
    if body:len() < 8 or 8 + body(4, 4):uint() > body:len() then
        return tree:add_proto_expert_info(malformed, "A report's length does not fit")
    end
    tree:add(fields.microseconds, body(0, 4))
    tree:add(fields.key_length, body(4, 4))
    local length = body(4, 4):uint()
    if length > 0 then
        local list = body(8, length)
        protobuf.message(list, tree:add(fields["sync_key.keys"], list), "sync_key_list", 0)
    end
end

local function frame(buffer, pinfo, root)
    local tree = root:add(microchat, buffer())
    if not is_frame(buffer, 0) then
        tree:add_proto_expert_info(malformed, "No frame begins here")
        return buffer:len()
    end
    local header, command = buffer(4, 2):uint(), buffer(8, 4):uint()
    local name = command_name(command)
    local is_answer = command >= ANSWER and command ~= REPORT
    local from_server = is_answer or command == 7 or command == 24 or command == 122
    tree:add(fields.total, buffer(0, 4))
    tree:add(fields.header_length, buffer(4, 2))
    tree:add(fields.version, buffer(6, 2))
    tree:add(fields.cmd, buffer(8, 4))
    if name then tree:add(fields.name, buffer(8, 4), name):set_generated() end
    tree:add(fields.from_server, buffer(8, 4), from_server):set_generated()
    tree:add(fields.seq, buffer(12, 4))
    if header > 16 then tree:add(fields.header_extra, buffer(16, header - 16)) end
    local label = (name or "command " .. command) .. (is_answer and " answer" or "")
    tree:append_text(", " .. label .. ", sequence " .. buffer(12, 4):uint())
    pinfo.cols.info:append((tostring(pinfo.cols.info) == "" and "" or ", ") .. label)
    if header == buffer:len() then return buffer:len() end

    local body = buffer(header)
    local call = by_command[is_answer and command - ANSWER or command]
    if call then
        packet.add(body, tree, call, is_answer)
    elseif command == REPORT then
        report(body, tree)
    else
        tree:add(fields.body, body)
        if command == 24 and body:len() >= 4 then tree:add(fields.mask, body(0, 4)) end
        if command == 7 and body:len() >= 4 then tree:add(fields.reason, body(0, 4)) end
    end
    return buffer:len()
end

-- After a frame that is none the link is out of step: the rest is taken as one piece.
local function frame_length(buffer, pinfo, offset)
    if not is_frame(buffer, offset) then return buffer:len() - offset end
    return buffer(offset, 4):uint()
end

local function long_link(buffer, pinfo, root)
    pinfo.cols.protocol = "MicroChat"
    pinfo.cols.info = ""
    dissect_tcp_pdus(buffer, root, 16, frame_length, frame)
    return buffer:len()
end

function microchat.dissector(buffer, pinfo, root)
    -- A frame of at most 1 MiB begins with 0, and nothing of HTTP does.
    if buffer(0, 1):uint() ~= 0 then
        return Dissector.get("http"):call(buffer, pinfo, root)
    end
    return long_link(buffer, pinfo, root)
end

microchat:register_heuristic("tcp", function(buffer, pinfo, root)
    if buffer:len() < 16 or not is_frame(buffer, 0) or not command_name(buffer(8, 4):uint()) then return false end
    pinfo.conversation = microchat
    long_link(buffer, pinfo, root)
    return true
end)

-- Short link -------------------------------------------------------------------------------------------------------------

local request_uri = Field.new("http.request.uri")
local response_code = Field.new("http.response.code")

-- The body of a request to this protocol's paths, or of an answer that is a packet of a known call; others are left.
function short_link.dissector(buffer, pinfo, root)
    local h = packet.read_header(buffer())
    if not h then return 0 end
    local is_response = response_code() ~= nil
    local call
    if not is_response then
        local uris = { request_uri() }
        local name = #uris > 0 and tostring(uris[#uris].value):match("^/cgi%-bin/micromsg%-bin/([^/?#]+)")
        if not name then return 0 end
        call = by_name[name]
    elseif not by_type[h.type.value] then
        return 0
    end
    pinfo.cols.protocol = "MicroChat"
    local known_call = call or by_type[h.type.value]
    if known_call then pinfo.cols.info:append(" " .. known_call.name) end
    packet.add(buffer(), root:add(microchat, buffer(), "MicroChat, short link"), call, is_response)
    return buffer:len()
end

DissectorTable.get("media_type"):add("application/octet-stream", short_link)

-- Life -------------------------------------------------------------------------------------------------------------------

local tcp_ports = DissectorTable.get("tcp.port")
local registered

local function adopt_preferences()
    if registered then tcp_ports:remove(registered, microchat) end
    registered = microchat.prefs.ports
    if registered ~= "" then tcp_ports:add(registered, microchat) end
end

microchat.prefs_changed = adopt_preferences

function microchat.init()
    keys.read(microchat.prefs.keys)
    packet.forget()
end

adopt_preferences()
