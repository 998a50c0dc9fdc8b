-- AES-128-CBC decryption with the key as IV (MicroChat wire protocol, section 7.1), byte by byte after FIPS 197.
-- Wireshark 4.0 gives Lua scripts no ciphers.

local bits = rawget(_G, "bit32") or rawget(_G, "bit")
local bxor = bits.bxor

-- Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
local function times(a, b)
    local product = 0
    while b > 0 do
        if b % 2 == 1 then product = bxor(product, a) end
        a = a * 2
        if a > 255 then a = bxor(a, 0x11B) end
        b = math.floor(b / 2)
    end
    return product
end

local substitute, restore = {}, {}
do
    -- p runs through all elements but 0, q through their inverses.
    local p, q = 1, 1
    repeat
        p = times(p, 3)
        q = times(q, 0xF6)
        local value, rotated = q, q
        for _ = 1, 4 do
            rotated = rotated * 2
            if rotated > 255 then rotated = rotated - 255 end
            value = bxor(value, rotated)
        end
        substitute[p] = bxor(value, 0x63)
    until p == 1
    substitute[0] = 0x63
    for value = 0, 255 do restore[substitute[value]] = value end
end

local by9, by11, by13, by14 = {}, {}, {}, {}
for value = 0, 255 do
    by9[value], by11[value] = times(value, 9), times(value, 11)
    by13[value], by14[value] = times(value, 13), times(value, 14)
end

-- The 176 bytes of the eleven round keys.
local function expand(key)
    local schedule = { key:byte(1, 16) }
    local constant = 1
    for position = 17, 176 do
        local column = (position - 1) % 4
        local word = position - 1 - column
        local value
        if word % 16 == 0 then
            value = substitute[schedule[word - 3 + (column + 1) % 4]]
            if column == 0 then
                value = bxor(value, constant)
                constant = times(constant, 2)
            end
        else
            value = schedule[position - 4]
        end
        schedule[position] = bxor(schedule[position - 16], value)
    end
    return schedule
end

-- Where each byte of the state comes from when the shift of the rows is undone.
local source = {}
for position = 0, 15 do
    source[position + 1] = (position - 4 * (position % 4)) % 16 + 1
end

local function open_block(schedule, block)
    local state = {}
    for i = 1, 16 do state[i] = bxor(block[i], schedule[160 + i]) end
    for round = 9, 0, -1 do
        local mixed = {}
        for i = 1, 16 do mixed[i] = bxor(restore[state[source[i]]], schedule[16 * round + i]) end
        if round > 0 then
            for i = 1, 13, 4 do
                local a, b, c, d = mixed[i], mixed[i + 1], mixed[i + 2], mixed[i + 3]
                state[i] = bxor(by14[a], by11[b], by13[c], by9[d])
                state[i + 1] = bxor(by9[a], by14[b], by11[c], by13[d])
                state[i + 2] = bxor(by13[a], by9[b], by14[c], by11[d])
                state[i + 3] = bxor(by11[a], by13[b], by9[c], by14[d])
            end
        else
            state = mixed
        end
    end
    return state
end

local aes = {}

-- Decrypts a string; nil if its length or its padding is wrong.
function aes.open(key, sealed)
    if #sealed == 0 or #sealed % 16 ~= 0 then return nil end
    local schedule = expand(key)
    local before = { key:byte(1, 16) }
    local pieces = {}
    for start = 1, #sealed, 16 do
        local block = { sealed:byte(start, start + 15) }
        local state = open_block(schedule, block)
        for i = 1, 16 do state[i] = bxor(state[i], before[i]) end
        pieces[#pieces + 1] = string.char(table.unpack(state))
        before = block
    end
    local plain = table.concat(pieces)
    local padding = plain:byte(-1)
    if padding < 1 or padding > 16 then return nil end
    if plain:sub(-padding) ~= string.rep(string.char(padding), padding) then return nil end
    return plain:sub(1, -padding - 1)
end

return aes
