-- Session keys by cookie, from a file with one session a line: cookie and key in hex digits.

local by_cookie = {}

local function complain(text) report_failure("MicroChat: " .. text) end

local function read(path)
    for cookie in pairs(by_cookie) do by_cookie[cookie] = nil end
    if path == "" then path = os.getenv("MICROCHAT_KEYS") or "" end
    if path == "" then return end
    local file = io.open(path)
    if not file then return complain("the file with session keys cannot be read: " .. path) end
    local number = 0
    for line in file:lines() do
        number = number + 1
        local cookie, key = line:match("^%s*(%x+)%s+(%x+)%s*$")
        if cookie and #cookie == 30 and #key == 32 then
            cookie = cookie:lower()
            by_cookie[cookie] = by_cookie[cookie] or {}
            table.insert(by_cookie[cookie], (key:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end)))
        elseif not line:match("^%s*$") and not line:match("^%s*#") then
            complain(path .. ", line " .. number ..
                ": expected a cookie of 30 hex digits, a space and a key of 32")
        end
    end
    file:close()
end

return { by_cookie = by_cookie, read = read }
