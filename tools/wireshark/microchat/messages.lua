-- What the dissector knows of calls and messages (MicroChat wire protocol, sections 4.1, 13 and 14). Messages and
-- fields that are missing here are shown by number and wire type.

local calls = {
    -- name, type number in the packet header, command in the frame, request, response
    { "manualauth", 701, 253, nil, "login_response" },
    { "newinit", 139, 27, "init_request", "init_response" },
    { "newsync", 138, 121, "sync_request", "sync_response" },
    { "newsendmsg", 522, 237, "send_request", "send_response" },
    { "sendappmsg", 222, 107 },
    { "sendemoji", 175, 68 },
    { "revokemsg", 594 },
    { "verifyuser", 30, 44 },
    { "verifyuser", 137 },
    { "searchcontact", 106, 34 },
    { "getcontact", 182, 71, "get_contact_request", "get_contact_response" },
    { "getprofile", 302, 118 },
    { "createchatroom", 119, 37 },
    { "addchatroommember", 120, 36 },
    { "mmfacingcreatechatroom", 653 },
    { "setchatroomannouncement", 993 },
    { "oplog", 681 },
    { "bindopmobileforreg", 145 },
    { "getloginqrcode", 502, 232 },
    { "checkloginqrcode", 503, 233 },
    { "logout", 282 },
}

-- Each field: its name, and what it holds: a number (int, uint, float), string, bytes, a boxed string (text), a boxed
-- payload whose kind stands in field 1 (item), or another message.
local messages = {
    box = { "length uint", "data bytes" },
    result = { "code int", "message text" },
    identity = {
        "session_key bytes", "uin int", "device_id bytes", "client_version int", "device_type string", "scene uint",
    },
    ecdh_key = { "curve_nid int", "key box" },
    login_response = {
        "result result", "section_flags uint", "session login_session", "account login_account", "network bytes",
    },
    login_session = {
        "uin int", "server_ecdh ecdh_key", "session_key box", "auto_auth_key box",
        [16] = "sms_ticket bytes", [20] = "bind_mail_url string", [22] = "server_time uint",
    },
    login_account = {
        "wxid string", "nick_name string", "bind_uin uint", "bind_mail string", "bind_mobile string", "alias string",
    },
    init_request = {
        "identity identity", "wxid string", "current_key sync_key", "max_key sync_key", "language string",
    },
    init_response = {
        "result result", "current_key sync_key", "max_key sync_key", "continue_flag uint", "select_bitmap uint",
        "item_count uint", "items sync_item", "ratio uint",
    },
    sync_request = {
        "operations item_list", "selector uint", "sync_key sync_key", "scene uint", "device_type string",
        "sync_message_digest uint",
    },
    sync_response = {
        "code int", "items item_list", "continue_flag uint", "sync_key sync_key", "status uint",
        "online_version uint", "server_time uint",
    },
    item_list = { "count uint", "items sync_item" },
    sync_item = { "kind int", "payload item" },
    sync_key = { "length uint", "keys sync_key_list" },
    sync_key_list = { "count uint", "entries sync_key_entry" },
    sync_key_entry = { "kind uint", "value int" },
    send_request = { "count uint", "messages outgoing" },
    outgoing = {
        "to text", "content string", "type uint", "create_time uint", "client_id uint", "message_source string",
    },
    send_response = { "result result", "count uint", "results send_result" },
    send_result = {
        "code int", "to text", "message_id uint", "client_id uint", "create_time uint", "server_time uint",
        "type uint", "server_id int",
    },
    get_contact_request = { "identity identity", "count uint", "wxids text" },
    get_contact_response = { "result result", "count uint", "contacts contact" },
    profile = {
        "bit_flag uint", "wxid text", "nick_name text", "bind_uin uint", "bind_mail text", "bind_mobile text",
    },
    contact = {
        "wxid text", "nick_name text", "initials text", "full_pinyin text", "sex int",
        [8] = "type_bits uint", [10] = "remark text", [19] = "province string", [20] = "city string",
        [21] = "signature string", [24] = "verify_flag uint", [27] = "source uint", [30] = "alias string",
        [31] = "chat_room_owner string", [45] = "v1_name string", [57] = "members room_members",
    },
    contact_removal = { "wxid text" },
    room_members = { "count uint", "entries room_member" },
    room_member = { "wxid string", "nick_name string", "display_name string", [7] = "invited_by string" },
    chat_message = {
        "message_id int", "sender text", "to text", "type int", "content text", "status uint", "image_status uint",
        "image_buffer box", "create_time uint", "message_source string", "push_content string", "server_id int",
        "sequence uint",
    },
}

-- What an item holds, by its kind (section 11.2).
local items = { "profile", "contact", [4] = "contact_removal", [5] = "chat_message" }

-- Commands without a packet.
local commands = {
    [6] = "heartbeat", [7] = "quit", [24] = "push notice", [122] = "push with content", [205] = "identify",
    [243] = "signalling keep-alive", [1000000190] = "report",
}

return { calls = calls, messages = messages, items = items, commands = commands }
