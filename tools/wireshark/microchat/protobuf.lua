-- Adds protobuf messages to a tree, by name as far as the table knows them, else by number and wire type.

local known, fields, shapes, malformed = ...

-- The number at an offset as its low and high 32 bits, and where it ends; nil if it does not end.
local function varint(range, offset)
    local low, high = 0, 0
    for i = 0, 9 do
        if offset + i >= range:len() then return nil end
        local byte = range(offset + i, 1):uint()
        local value = byte % 128
        if i < 4 then low = low + value * 2 ^ (7 * i)
        elseif i == 4 then low, high = low + value % 16 * 2 ^ 28, math.floor(value / 16)
        else high = (high + value * 2 ^ (7 * i - 32)) % 2 ^ 32
        end
        if byte < 128 then return math.floor(low), math.floor(high), offset + i + 1 end
    end
end

local wire_types = { [0] = "varint", [1] = "64 bits", [2] = "bytes", [5] = "32 bits" }

-- The value inside a box {1: length, 2: bytes} or {1: text}; nil if there is none.
local function boxed(range, number)
    local offset = 0
    while offset < range:len() do
        local key, _, start = varint(range, offset)
        if not key then return nil end
        local length, _, after = varint(range, start)
        if not length then return nil end
        if key % 8 == 0 then
            offset = after
        elseif key % 8 == 2 and after + length <= range:len() then
            if math.floor(key / 8) == number then return length > 0 and range(after, length) or nil end
            offset = after + length
        else
            return nil
        end
    end
end

local message

-- Adds bytes; what is empty has no value that a field could show.
local function add_bytes(tree, field, value, whole, name)
    return value and tree:add(field, value) or tree:add(whole, (name or "Unknown bytes") .. ": empty")
end

local function length_delimited(value, whole, tree, shape, kind, depth)
    if not shape then return add_bytes(tree, fields.other_bytes, value, whole) end
    local item
    if shape.kind == "string" then
        item = tree:add(shape.field, whole, value and value:string(ENC_UTF_8) or "")
    elseif shape.kind == "text" then
        local inner = value and boxed(value, 1)
        item = tree:add(shape.field, whole, inner and inner:string(ENC_UTF_8) or "")
    elseif shape.kind == "bytes" then
        item = add_bytes(tree, shape.field, value, whole, shape.name)
    elseif shape.kind == "item" then
        item = tree:add(shape.field, whole)
        local inner = value and boxed(value, 2)
        if inner then message(inner, item, known.items[kind] or "", depth + 1) end
    elseif known.messages[shape.kind] then
        item = tree:add(shape.field, whole)
        if value then message(value, item, shape.kind, depth + 1) end
    else
        item = add_bytes(tree, fields.other_bytes, value, whole)
    end
    return item
end

-- Adds a message's fields to a tree, by name as far as they are known.
function message(range, tree, name, depth)
    if depth > 20 then return tree:add_proto_expert_info(malformed, "Nested too deep") end
    local offset, kind = 0, nil
    while offset < range:len() do
        local key, _, start = varint(range, offset)
        if not key then return tree:add_proto_expert_info(malformed, "A field's key is cut off") end
        local number, wire = math.floor(key / 8), key % 8
        local shape = shapes[name] and shapes[name][number]
        local value, high, after
        if wire == 0 then value, high, after = varint(range, start)
        elseif wire == 1 then after = start + 8
        elseif wire == 5 then after = start + 4
        elseif wire == 2 then
            value, high, start = varint(range, start)
            after = value and start + value
        end
        if not after or after > range:len() then
            return tree:add_proto_expert_info(malformed, "Field " .. number .. " is cut off or has an unknown type")
        end
        local whole = range(offset, after - offset)
        local item
        if wire == 2 then
            item = length_delimited(value > 0 and range(start, value) or nil, whole, tree, shape, kind, depth)
        elseif wire == 5 and shape and shape.kind == "float" then
            item = tree:add(shape.field, whole, range(start, 4):le_float())
        elseif wire == 0 and shape and shape.kind == "int" then
            item = tree:add(shape.field, whole, Int64.new(value, high))
        elseif wire == 0 then
            local field = shape and shape.kind == "uint" and shape.field or fields.other_number
            item = tree:add(field, whole, UInt64.new(value, high))
        else
            item = tree:add(fields.other_bytes, range(start, after - start))
        end
        item:append_text("  [field " .. number .. ", " .. wire_types[wire] .. "]")
        if number == 1 and wire == 0 then kind = value end
        offset = after
    end
end

return { message = message, varint = varint }
